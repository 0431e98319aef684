import { describe, expect, it } from 'vitest';
import { definitionOf, foundOf, stepInputOf, toolsOf } from '../../../test/support/action-run.js';
import type { DeploymentAnswer } from '../../vercel/gateway.js';
import { advanceQueued } from './step-queued.js';

type Input = Parameters<typeof stepInputOf<'queued'>>;
const input = (...[view, memory, access]: Input extends [unknown, ...infer Rest] ? Rest : never) =>
  stepInputOf('queued', view, memory, access);
const tools = (answer: DeploymentAnswer) =>
  toolsOf({ gateway: { ...toolsOf().gateway, getDeployment: async () => answer } });
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
    expect((await advanceQueued(given, toolsOf())).result).toMatchObject(result);
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
    expect((await advanceQueued(input(), tools(answer))).result).toMatchObject(result);
  });

  it('is interrupted whatever Vercel answered', async () => {
    const given = input();
    given.signals.interrupt('moved');
    expect((await advanceQueued(given, tools(found()))).result).toEqual({ kind: 'interrupted' });
  });

  it('skips an environment that it does not serve', async () => {
    const definition = definitionOf({ environments: ['production'], elsewhere: 'succeed' });
    const skipping = { ...tools(found()), actions: new Map([['branch', definition]]) };
    expect((await advanceQueued(input(), skipping)).result).toMatchObject({ kind: 'skip' });
  });
});
