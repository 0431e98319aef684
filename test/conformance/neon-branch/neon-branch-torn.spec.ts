/** Answers of Neon that break off. With any status, they do not show what Neon did. */
import { describe, expect, it } from 'vitest';
import { PermanentError } from '../../../src/provisioner/provisioner.js';
import { requestFor, world } from '../../support/neon/plugin-world.js';

describe.each(['torn-answer', 'half-answer'] as const)('a %s', (fault) => {
  it('to a read causes the same request again within the call', async () => {
    const one = await world();
    for (const path of [/branches$/, /endpoints$/, /databases$/, /connection_uri/])
      one.neon.faults.next({ method: 'GET', path, fault });
    expect((await one.open().provision(requestFor({ key: 'k-1' }))).status).toBe('ready');
  });

  it('to a creation causes a search: the created branch is used', async () => {
    const one = await world();
    one.neon.faults.next({ method: 'POST', fault });
    const answer = await one.open().provision(requestFor({ key: 'k-1' }));
    expect(answer).toMatchObject({
      status: 'ready',
      handle: { branchId: one.neon.branchesOf('k-1')[0]?.id },
    });
    expect(one.posts()).toBe(1);
  });

  it('to a deletion causes the same request again within the call', async () => {
    const one = await world();
    const { handle } = await one.ready({ key: 'k-1' });
    one.neon.faults.next({ method: 'DELETE', fault });
    expect(await one.open().deprovision(requestFor({ key: 'k-1', handle }))).toEqual({ status: 'gone' });
    expect(one.names()).toEqual([]);
  });

  it('of 404 does not make a branch gone', async () => {
    const one = await world();
    const { handle } = await one.ready({ key: 'k-1' });
    const gone = { ...handle, branchId: 'br-gone-1', endpointId: null };
    one.neon.faults.next({ method: 'GET', path: /branches\/br-gone-1$/, fault });
    await one.ready({ key: 'k-1', handle: gone });
    const asked = one.neon.requests.filter(({ path }) => path.endsWith('br-gone-1'));
    expect(asked.map((request) => request.fault)).toEqual([fault, null]);
  });

  it('each time is an error to retry that names the reason', async () => {
    const one = await world({ faults: { probability: 1, kinds: [fault] } });
    const failure = await one.fails({ key: 'k-1' });
    expect(PermanentError.is(failure)).toBe(false);
    expect(failure.message).toBe("neon-branch: Neon's answer was incomplete; could not list the branches");
    await expect(one.open().check?.(AbortSignal.timeout(5_000))).rejects.toThrow(/answer was incomplete/);
  });
});
