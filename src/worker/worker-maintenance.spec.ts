import { describe, expect, it } from 'vitest';
import type { ActionClaims } from '../action/claims/action-claims.repository.js';
import type { ActionRun } from './run/action-run.js';
import type { InFlight } from './fetch/in-flight.js';
import { WorkerMaintenance } from './worker-maintenance.js';

describe('a notification that names actions', () => {
  it('interrupts only what is in hand and has moved in its row, at the step that it was at', async () => {
    const interrupted: string[] = [];
    const errandOf = (id: string): ActionRun =>
      ({
        view: { id, attempt: 1, state: 'provisioning' },
        step: 1,
        interrupt: () => interrupted.push(id),
      }) as unknown as ActionRun;
    const held = new Map(['moved', 'still', 'later'].map((id) => [id, errandOf(id)]));
    const store = {
      changed: (seen: { id: string }[]) => {
        expect(seen.map(({ id }) => id)).toEqual(['moved', 'still', 'later']);
        (held.get('later') as { step: number }).step = 2;
        return Promise.resolve(['moved', 'later']);
      },
    };
    const hand = { errandOf: (id: string) => held.get(id) };
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
