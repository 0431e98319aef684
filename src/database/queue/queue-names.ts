import type { QUEUE_LABELS } from '../../metrics/definitions/queue.js';

/** Jobs that move actions on: each names one that needs a worker. */
export const QUEUE = 'action';
/** A job here: "sweep". One is queued or under way at a time, over all processes. */
export const SWEEP_QUEUE = 'sweep';
/**
 * A job here: "clear away what has been kept for its time". One is queued or under way at a time, over all
 * processes.
 */
export const RETENTION_QUEUE = 'retention';

export const QUEUES = [QUEUE, SWEEP_QUEUE, RETENTION_QUEUE] as const satisfies typeof QUEUE_LABELS;
