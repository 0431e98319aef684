import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { definitionOf, foundOf, stepInputOf, stepPortsOf } from '../../../test/support/action-run.js';
import {
  missingOf,
  type DeploymentAbsent,
  type DeploymentGone,
} from '../../vercel/deployment/deployment-gone.js';
import type { DeploymentAnswer, VercelGateway } from '../../vercel/gateway.js';
import type { DeploymentPrefetch } from '../ports/deployment-prefetch.js';
import { SYSTEM_CLOCK } from '../ports/clock.js';
import { advanceQueued } from './step-queued.js';

type Input = Parameters<typeof stepInputOf<'queued'>>;
const input = (...[view, memory, access]: Input extends [unknown, ...infer Rest] ? Rest : never) =>
  stepInputOf('queued', view, memory, access);
const ports = (answer: DeploymentAnswer) =>
  stepPortsOf({ gateway: { ...stepPortsOf().gateway, getDeployment: async () => answer } });
const found = (over: Parameters<typeof foundOf>[0] = {}): DeploymentAnswer => ({
  kind: 'found',
  deployment: foundOf(over),
});
const later: DeploymentAnswer = {
  kind: 'later',
  status: 503,
  message: 'busy',
  retryAfterMs: 700,
  executed: 'no',
};

describe('a queued action', () => {
  it.each([
    ['fails after its deadline', input({}, { deadlineAt: 0 }), { kind: 'fail', reason: 'deadline' }],
    [
      'waits while an earlier call may land',
      input({ strayMs: 900 }),
      { kind: 'quieting', retryAfterMs: 900 },
    ],
    [
      'fails when its slug is not declared',
      input({ action: 'other' }),
      { kind: 'fail', reason: 'undeclared-action' },
    ],
    [
      'is abandoned with its installation',
      input({}, {}, { removed: true }),
      { kind: 'abandoned', reason: 'installation-removed' },
    ],
    ['fails without a token', input({}, {}, { token: null }), { kind: 'fail', reason: 'no-token' }],
    [
      'fails without its resource',
      input({}, {}, { resource: null }),
      { kind: 'fail', reason: 'unknown-resource' },
    ],
  ])('%s, and Vercel is not asked', async (_, given, result) => {
    expect((await advanceQueued(given, stepPortsOf())).result).toMatchObject(result);
  });

  it.each<[string, DeploymentAnswer, object]>([
    ['begins for a deployment that waits', found(), { kind: 'begin', deployment: { gitRef: 'main' } }],
    [
      'begins for one that it may not read',
      { kind: 'unreadable', status: 403, message: '' },
      { kind: 'begin' },
    ],
    ['fails for one that is settled', found({ readyState: 'ERROR' }), { reason: 'deployment-settled' }],
    ['asks again', later, { kind: 'later', text: 'busy', retryAfterMs: 700 }],
  ])('%s', async (_, answer, result) => {
    expect((await advanceQueued(input(), ports(answer))).result).toMatchObject(result);
  });

  it('is interrupted whatever Vercel answers', async () => {
    const given = input();
    given.signals.interrupt('moved');
    expect((await advanceQueued(given, ports(found()))).result).toEqual({ kind: 'interrupted' });
  });

  it('skips an environment that the action does not serve', async () => {
    const definition = definitionOf({ environments: ['production'], elsewhere: 'succeed' });
    const skipping = { ...ports(found()), actions: new Map([['branch', definition]]) };
    expect((await advanceQueued(input(), skipping)).result).toMatchObject({ kind: 'skip' });
  });

  it('waits until Vercel finds a new deployment, at most half of the deadline', async () => {
    const absent = missingOf(404, 'dpl_1', 'not_found', { message: null }) as DeploymentAbsent;
    const after = (ageMs: number, deadlineMs: number) => {
      const actions = new Map([['branch', definitionOf({ deadlineMs })]]);
      const deadlineAt = SYSTEM_CLOCK.now() + deadlineMs - ageMs;
      return advanceQueued(input({}, { deadlineAt }), { ...ports(absent), actions });
    };
    const again = { kind: 'later', text: absent.message, retryAfterMs: null };
    expect((await after(25_000, 170_000)).result).toEqual(again);
    expect((await after(30_000, 170_000)).result).toMatchObject({
      kind: 'fail',
      reason: 'deployment-not-found',
      text: expect.stringMatching(/finds no deployment dpl_1.*icfg_1/),
    });
    expect((await after(5_000, 20_000)).result).toEqual(again);
    expect((await after(10_000, 20_000)).result).toMatchObject({ reason: 'deployment-not-found' });
  });

  it.each<[string, Input[1], Input[2], Input[3], RegExp]>([
    ['a late webhook', {}, { deadlineAt: 0 }, {}, /webhook/],
    ['what it waited for', { progressText: 'busy' }, { deadlineAt: 0 }, {}, /: busy$/],
    ['which slugs are declared', { action: 'other' }, {}, {}, /"other".*branch/],
    ['the installation without a token', {}, {}, { token: null }, /icfg_1/],
    [
      'the problem of a token',
      {},
      {},
      { token: null, problem: 'sealed with a lost key' },
      /^sealed with a lost key$/,
    ],
    ['the resource', {}, {}, { resource: null }, /"res_1"/],
  ])('names %s', async (_, view, memory, access, text) => {
    expect((await advanceQueued(input(view, memory, access), stepPortsOf())).result).toMatchObject({
      text: expect.stringMatching(text),
    });
  });

  it("fails at once when its resource's settings create no provisioner", async () => {
    const made = () => ({ ok: false, message: 'template: not allowed' }) as const;
    const { result } = await advanceQueued(
      input(),
      stepPortsOf({ provisioners: { for: made, madeWith: made } }),
    );
    expect(result).toEqual({ kind: 'fail', reason: 'permanent', text: 'template: not allowed' });
  });

  it('is abandoned when Vercel says that the deployment is gone', async () => {
    const gone = missingOf(410, 'dpl_1', 'deployment_deleted', { message: null }) as DeploymentGone;
    expect((await advanceQueued(input(), ports(gone))).result).toMatchObject({
      kind: 'abandoned',
      reason: 'deployment-gone',
    });
  });

  it.each([
    [null, 'begin'],
    ['none', 'fail'],
  ] as const)(
    'may begin for a deployment that is ready at its first try: %s',
    async (failureReport, kind) => {
      const given = input({ failureReport });
      expect((await advanceQueued(given, ports(found({ readyState: 'READY' })))).result.kind).toBe(kind);
    },
  );

  it('fails at the deadline that passed while Vercel did not answer', async () => {
    const deadlineAt = SYSTEM_CLOCK.now() + 40;
    const slow = { ...stepPortsOf().gateway, getDeployment: () => setTimeout(60, later) };
    const { result } = await advanceQueued(input({}, { deadlineAt }), stepPortsOf({ gateway: slow }));
    expect(result).toMatchObject({ kind: 'fail', reason: 'deadline' });
  });

  it('uses the prefetched answer once', async () => {
    const answer = vi.fn<DeploymentPrefetch['answer']>(async () => found());
    const prefetch = { answer } as unknown as DeploymentPrefetch;
    const { result, memory } = await advanceQueued(input({}, { prefetch }), stepPortsOf());
    expect([result.kind, memory.prefetch]).toEqual(['begin', null]);
    expect(answer).toHaveBeenCalledTimes(1);
  });

  it('requests the deployment with the token and the ids of the action', async () => {
    const getDeployment = vi.fn<VercelGateway['getDeployment']>(async () => found());
    const given = input();
    await advanceQueued(given, stepPortsOf({ gateway: { ...stepPortsOf().gateway, getDeployment } }));
    const about = { actionId: given.view.id, attempt: 1 };
    const call = { token: 'token', installationId: 'icfg_1', deploymentId: 'dpl_1', about };
    expect(getDeployment.mock.calls[0]![0]).toEqual(call);
  });
});
