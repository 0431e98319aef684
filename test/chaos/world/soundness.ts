import { expect } from 'vitest';
import { TRANSITIONS, type Event, type From } from '../../../src/state-machine/action-state.js';
import type { CrashWorld, TransitionRow } from './crash-world.js';

/** Checks what is true after any fault once the world is quiet: no leak, no loss, no contradiction. */
export async function expectSound(world: CrashWorld): Promise<void> {
  await expectUnbrokenPaths(world);
  await expectNothingLost(world);
  expect(world.entries('violation'), 'contradictions that the twin found').toEqual([]);
  expect(await world.branches(), 'branch databases').toEqual(await world.heldKeys('branch'));
  expect([...world.backend.things].toSorted(), 'things').toEqual(await world.heldKeys('thing'));
  const open = await world.sql<{ key: string }>(
    `SELECT key COLLATE "C" AS key FROM allocation WHERE state <> 'closed' ORDER BY 1`,
  );
  const held = [...(await world.heldKeys('branch')), ...(await world.heldKeys('thing'))].toSorted();
  expect(open.map((row) => row.key).toSorted(), 'allocations that are not closed').toEqual(held);
}

/** Each action's transitions lead from `none` to its state, and every one is legal. */
async function expectUnbrokenPaths(world: CrashWorld): Promise<void> {
  const rows = await world.sql<TransitionRow>('SELECT * FROM transition ORDER BY id');
  const byAction = Map.groupBy(rows, (row) => row.action_id);
  for (const { id, state } of await world.sql<{ id: string; state: string }>(
    'SELECT id, state FROM action',
  )) {
    let at = 'none';
    for (const { event, from_state: from, to_state: to } of byAction.get(id) ?? []) {
      expect(from, `action ${id}: ${event} starts in the state in which the transition before it ended`).toBe(
        at,
      );
      const entries: Partial<Record<Event, string>> = TRANSITIONS[from as From];
      expect(to, `action ${id}: ${from} ${event}`).toBe(entries[event as Event]);
      at = to;
    }
    expect(state, `action ${id}`).toBe(at);
  }
}

/** Every webhook that was answered with 2xx is stored. */
async function expectNothingLost(world: CrashWorld): Promise<void> {
  const answered = world.entries('webhook.result').filter((entry) => entry.outcome === 'delivered');
  const ids = [...new Set(answered.map((entry) => entry.eventId))];
  const rows = await world.sql<{ event_id: string }>('SELECT event_id FROM delivery');
  const known = new Set(rows.map((row) => row.event_id));
  expect(
    ids.filter((id) => !known.has(id)),
    'accepted events that are not stored',
  ).toEqual([]);
}
