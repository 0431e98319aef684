import type { PgBoss } from 'pg-boss';
import { describe, expect, it, vi } from 'vitest';
import { scriptedSession } from '../../test/support/scripted-session.js';
import { JobOutbox, jobFor } from './job-outbox.js';

const subject = { installationId: 'icfg_1', resourceId: 'res_1' };
const due = (actionId: string, asks?: string) => ({ actionId, ...subject, ...(asks && { asks }) });

/** An outbox, and the jobs that it inserted. */
function world() {
  const insert = vi.fn<(queue: string, jobs: object[]) => Promise<void>>(async () => undefined);
  const outbox = new JobOutbox({ insert } as unknown as PgBoss);
  const jobs = () => insert.mock.calls.map(([, list]) => list);
  return { outbox, insert, jobs };
}

describe('the job of an action', () => {
  it.each<[string | undefined, object | undefined, object]>([
    [undefined, undefined, {}],
    ['dpl_1', undefined, { asks: 'dpl_1' }],
    [undefined, { traceparent: '00-a-b-01' }, { trace: { traceparent: '00-a-b-01' } }],
  ])('asks %s, traced by %o', (asks, trace, data) => {
    const traced = { ...subject, ...(trace && { trace }) } as typeof subject;
    expect(jobFor('a', traced, asks)).toEqual({
      data: { actionId: 'a', ...subject, ...data },
      singletonKey: 'a',
      group: { id: 'icfg_1' },
    });
  });
});

describe('the outbox', () => {
  it('names the actions that existed before in one notification, and inserts their jobs', async () => {
    const { outbox, jobs } = world();
    const { session, given } = scriptedSession([]);
    await outbox.wake({ ...session, last: session }, [due('a'), due('b', 'dpl_2')], ['a', 'b']);
    expect(given).toEqual([['a,b']]);
    expect(jobs()).toEqual([[jobFor('a', subject), jobFor('b', subject, 'dpl_2')]]);
  });

  it('sends no notification about new actions', async () => {
    const { outbox, jobs } = world();
    const { session, given } = scriptedSession();
    await outbox.wake({ ...session, last: session }, [due('a')], []);
    expect(given).toEqual([]);
    expect(jobs()).toHaveLength(1);
  });

  it('writes nothing when no action needs a worker', async () => {
    const { outbox, insert } = world();
    const { session, given } = scriptedSession();
    await outbox.wake({ ...session, last: session }, [], ['a']);
    await outbox.restore([]);
    expect([given, insert.mock.calls]).toEqual([[], []]);
  });

  it('inserts lost jobs again, without the question about the deployment', async () => {
    const { outbox, jobs } = world();
    await outbox.restore([due('a', 'dpl_1')]);
    expect(jobs()).toEqual([[jobFor('a', subject)]]);
  });
});
