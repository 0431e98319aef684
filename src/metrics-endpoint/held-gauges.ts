import { isWorking } from '../state-machine/action-state.js';
import { actions, COUNTED_STATES, COUNTED_UP_TO } from '../metrics/definitions/actions.js';
import { provisionerLabel } from '../metrics/declared-labels.js';
import type { DatabaseGauges } from './cached-reading.js';
import { rows } from './live-gauges.js';
import { LIVE_ALLOCATION_STATES, allocations } from '../metrics/definitions/provisioner.js';

const RESTING = COUNTED_STATES.filter((state) => !isWorking(state));

interface AllocationRow {
  state: string;
  action: string;
  count: number;
}

/** Reads numbers of actions at rest and of allocations, which grow with the number of live deployments. */
export function heldGauges(declared: ReadonlyMap<string, { readonly provisioner: string }>): DatabaseGauges {
  return {
    async read(session) {
      const states = await rows<{ state: string; count: number }>(session, AT_REST, [RESTING, COUNTED_UP_TO]);
      const held = await rows<AllocationRow>(session, HELD, [LIVE_ALLOCATION_STATES, COUNTED_UP_TO]);
      for (const { state, count } of states) actions.set({ state }, count);
      allocations.reset();
      for (const { provisioner } of declared.values())
        for (const state of LIVE_ALLOCATION_STATES) allocations.set({ provisioner, state }, 0);
      for (const { state, action, count } of held)
        allocations.inc({ provisioner: provisionerLabel(action, declared), state }, count);
    },
    forget() {
      for (const state of RESTING) actions.remove({ state });
      allocations.reset();
    },
  };
}

/** $1 states, $2 limit of counting. */
export const AT_REST = `
  SELECT s.state, (
    SELECT count(*) FROM (SELECT FROM action a WHERE a.state = s.state LIMIT $2) counted)::int AS count
  FROM unnest($1::text[]) AS s (state)`;

/** $1 states, $2 limit of counting per state. */
export const HELD = `
  SELECT s.state, held.action, count(*)::int AS count
  FROM unnest($1::text[]) AS s (state) CROSS JOIN LATERAL (
    SELECT l.action FROM allocation l WHERE l.state = s.state LIMIT $2
  ) held
  GROUP BY s.state, held.action`;
