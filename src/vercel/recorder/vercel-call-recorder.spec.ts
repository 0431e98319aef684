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

/** A database that takes each batch when it is told to. */
function gate() {
  const batches: number[] = [];
  const doors: PromiseWithResolvers<never[]>[] = [];
  const session: Session = {
    rows<Row>(_: unknown, [text]: readonly unknown[]): Promise<Row[]> {
      batches.push((JSON.parse(text as string) as unknown[]).length);
      const door = Promise.withResolvers<never[]>();
      doors.push(door);
      return door.promise;
    },
  };
  return { batches, doors, session };
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe('the log of calls', () => {
  it('writes what was noted together in one batch, at the latest when it closes', async () => {
    const { batches, doors, session } = gate();
    const log = new VercelCallRecorder(session);
    for (let n = 0; n < 3; n++) log.note(CALL);
    expect(batches).toEqual([]);
    const closing = log.close();
    doors[0]?.resolve([]);
    await closing;
    expect(batches).toEqual([3]);
  });

  it('drops and counts what a slow database cannot take', async () => {
    const before = await dropped();
    const { doors, session, batches } = gate();
    const log = new VercelCallRecorder(session);
    for (let n = 0; n < 5_007; n++) log.note(CALL);
    expect((await dropped()) - before).toBe(7);
    const closing = log.close();
    for (let n = 0; n < 10; n++) {
      doors[n]?.resolve([]);
      await soon();
    }
    await closing;
    expect(batches).toEqual(Array.from({ length: 10 }, () => 500));
  });

  it('counts what the database refused, says so once, and goes on', async () => {
    const before = await dropped();
    const lines = hearLog();
    const { doors, session } = gate();
    const log = new VercelCallRecorder(session);
    for (let n = 0; n < 1_500; n++) log.note(CALL);
    const closing = log.close();
    for (const door of [0, 1]) {
      doors[door]?.reject(new Error('the database is away'));
      await soon();
    }
    doors[2]?.resolve([]);
    await closing;
    expect((await dropped()) - before).toBe(1_000);
    expect(lines.map(({ event }) => event)).toEqual(['calls-not-recorded']);
  });

  it('takes nothing any more once it is closed', async () => {
    const before = await dropped();
    const { session } = gate();
    const log = new VercelCallRecorder(session);
    await log.close();
    log.note(CALL);
    expect((await dropped()) - before).toBe(1);
  });
});
