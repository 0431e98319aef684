import { describe, expect, it } from 'vitest';
import type { ActionClaims } from '../action/claims/action-claims.repository.js';
import type { InFlight } from './fetch/in-flight.js';
import { WorkerMaintenance } from './worker-maintenance.js';

describe('a notification that names actions', () => {
  it('interrupts an action in flight whose row moved in the turn that was compared', async () => {
    const interrupted: string[] = [];
    const runOf = (id: string) => ({
      view: { id, attempt: 1, state: 'provisioning' },
      turn: 1,
      signals: { interrupt: () => interrupted.push(id) },
    });
    const held = new Map(['moved', 'still', 'later'].map((id) => [id, runOf(id)]));
    const store = {
      changed: (seen: { id: string }[]) => {
        expect(seen.map(({ id }) => id)).toEqual(['moved', 'still', 'later']);
        held.set('later', { ...runOf('later'), turn: 2 });
        return Promise.resolve(['moved', 'later']);
      },
    };
    const hand = { runOf: (id: string) => held.get(id) };
    const upkeep = new WorkerMaintenance(
      {} as never,
      {} as never,
      store as unknown as ActionClaims,
      hand as unknown as InFlight,
    );
    await upkeep.follow(['moved', 'still', 'later', 'of-another-worker']);
    expect(interrupted).toEqual(['moved']);
  });
});
