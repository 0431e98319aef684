import { describe, expect, it } from 'vitest';
import type { Session } from '../../database/sql.js';
import { vercelCallsDropped } from '../../metrics/definitions/vercel.js';
import { hearLog } from '../../../test/support/log.js';
import { VercelCallRecorder, type RecordedCall } from './vercel-call-recorder.js';

const CALL: RecordedCall = {
  actionId: '00000000-0000-4000-8000-000000000000',
  installationId: 'icfg_1',
  deploymentId: 'dpl_1',
  operation: 'updateAction',
  method: 'PATCH',
  path: '/v1/x',
  status: 200,
  durationMs: 3,
  attempt: 1,
  code: null,
  told: 'running',
  said: 'copying',
  at: 1_700_000_000_000,
};

const dropped = async (): Promise<number> => (await vercelCallsDropped.get()).values[0]?.value ?? 0;

/** A session whose batches end when the test resolves their gates. */
function gatedSession() {
  const batches: number[] = [];
  const gates: PromiseWithResolvers<never[]>[] = [];
  const session: Session = {
    rows<Row>(_: unknown, [text]: readonly unknown[]): Promise<Row[]> {
      batches.push((JSON.parse(text as string) as unknown[]).length);
      const gate = Promise.withResolvers<never[]>();
      gates.push(gate);
      return gate.promise;
    },
  };
  return { batches, gates, session };
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe('VercelCallRecorder', () => {
  it('writes the recorded calls in one batch, at the latest when it closes', async () => {
    const { batches, gates, session } = gatedSession();
    const recorder = new VercelCallRecorder(session);
    for (let n = 0; n < 3; n++) recorder.note(CALL);
    expect(batches).toEqual([]);
    const closing = recorder.close();
    gates[0]?.resolve([]);
    await closing;
    expect(batches).toEqual([3]);
  });

  it('drops and counts calls that a slow database cannot store', async () => {
    const before = await dropped();
    const { gates, session, batches } = gatedSession();
    const recorder = new VercelCallRecorder(session);
    for (let n = 0; n < 5_007; n++) recorder.note(CALL);
    expect((await dropped()) - before).toBe(7);
    const closing = recorder.close();
    for (let n = 0; n < 10; n++) {
      gates[n]?.resolve([]);
      await soon();
    }
    await closing;
    expect(batches).toEqual(Array.from({ length: 10 }, () => 500));
  });

  it('counts the calls of failed batches, logs one failure, and continues', async () => {
    const before = await dropped();
    const lines = hearLog();
    const { gates, session } = gatedSession();
    const recorder = new VercelCallRecorder(session);
    for (let n = 0; n < 1_500; n++) recorder.note(CALL);
    const closing = recorder.close();
    for (const index of [0, 1]) {
      gates[index]?.reject(new Error('the database is down'));
      await soon();
    }
    gates[2]?.resolve([]);
    await closing;
    expect((await dropped()) - before).toBe(1_000);
    expect(lines.map(({ event }) => event)).toEqual(['calls-not-recorded']);
  });

  it('drops and counts calls after it is closed', async () => {
    const before = await dropped();
    const { session } = gatedSession();
    const recorder = new VercelCallRecorder(session);
    await recorder.close();
    recorder.note(CALL);
    expect((await dropped()) - before).toBe(1);
  });
});
