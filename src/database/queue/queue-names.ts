import type { QUEUE_LABELS } from '../../metrics/definitions/queue.js';

/** Jobs for workers: each names an action that needs a worker. */
export const QUEUE = 'action';
/**
 * Jobs for the sweeper. At most one per installation, and one for all, is queued or active over all
 * processes.
 */
export const SWEEP_QUEUE = 'sweep';
/** Jobs for the purge. At most one is queued or active over all processes. */
export const RETENTION_QUEUE = 'retention';

export const QUEUES = [QUEUE, SWEEP_QUEUE, RETENTION_QUEUE] as const satisfies typeof QUEUE_LABELS;
