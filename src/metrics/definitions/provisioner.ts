import { CALL_LIMIT_MS } from '../../provisioner/limits.js';
import { declared, PROVISIONER_LABEL } from '../declared-labels.js';
import { counter, gauge, histogram } from '../registry.js';

export const VERBS = ['provision', 'deprovision'] as const;
export type MeteredVerb = (typeof VERBS)[number];
/**
 * `misbehaved`: the plugin broke its contract; `aborted`: Drawbridge ended the call because the action
 * changed or the process stops.
 */
export const CALL_RESULTS = [
  'ready',
  'pending',
  'gone',
  'permanent',
  'error',
  'timeout',
  'aborted',
  'misbehaved',
] as const;
export type PluginResult = (typeof CALL_RESULTS)[number];

const NEVER: Record<MeteredVerb, readonly PluginResult[]> = { provision: ['gone'], deprovision: ['ready'] };

export const provisionerCalls = declared(
  counter({
    name: 'drawbridge_provisioner_calls_total',
    help: 'Calls of provisioners, by result',
    exporter: 'worker',
    labels: { provisioner: PROVISIONER_LABEL, verb: VERBS, result: CALL_RESULTS },
    note:
      `\`timeout\`: no answer within ${CALL_LIMIT_MS / 1000} s or before the deadline. ` +
      '`aborted`: ended by Drawbridge. `misbehaved`: the plugin broke its contract.',
  }),
  ({ provisioners }) =>
    provisioners.flatMap((provisioner) =>
      VERBS.flatMap((verb) =>
        CALL_RESULTS.filter((result) => !NEVER[verb].includes(result)).map((result) => ({
          provisioner,
          verb,
          result,
        })),
      ),
    ),
);

export const provisionerDuration = declared(
  histogram({
    name: 'drawbridge_provisioner_call_duration_seconds',
    help: 'Duration of calls of provisioners',
    exporter: 'worker',
    labels: { provisioner: PROVISIONER_LABEL, verb: VERBS },
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30],
    note: `The time limit of a call is ${CALL_LIMIT_MS / 1000} s.`,
  }),
  ({ provisioners }) => provisioners.flatMap((provisioner) => VERBS.map((verb) => ({ provisioner, verb }))),
);

/** The states of an allocation that is not closed. */
export const LIVE_ALLOCATION_STATES = ['open', 'closing'] as const;

export const allocations = gauge({
  name: 'drawbridge_allocations',
  help: 'Allocations that are not closed, by provisioner; read from the database',
  exporter: 'every',
  labels: { provisioner: PROVISIONER_LABEL, state: LIVE_ALLOCATION_STATES },
});
