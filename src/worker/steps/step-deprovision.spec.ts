import { beforeAll, describe, expect, it } from 'vitest';
import { holding, stepInputOf, stepPortsOf } from '../../../test/support/action-run.js';
import type { ActionView } from '../../action/claims/action-view.js';
import { logTo } from '../../log/log.js';
import { PermanentError, type DeprovisionRequest } from '../../provisioner/provisioner.js';
import { deprovision } from './step-deprovision.js';

beforeAll(() => logTo('silent'));

type Answer = (request: DeprovisionRequest) => Promise<unknown>;
const STATES = ['failing', 'canceling', 'releasing'] as const;

const closing = (view: Partial<ActionView> = {}) =>
  stepInputOf('releasing', holding({ hold: 'closes', ...view }), { lastProgress: 'reported' });
const plugin = (answer: Answer) => stepPortsOf({ provisioner: { deprovision: answer as never } });
const answers =
  (answer: unknown): Answer =>
  async () =>
    answer;
const throws =
  (error: Error): Answer =>
  async () => {
    throw error;
  };

describe('deprovision', () => {
  it.each(STATES)('has nothing to remove for an action without a hold in %s', async (state) => {
    const input = stepInputOf(state, { hold: null });
    expect(await deprovision(input, stepPortsOf())).toEqual({
      result: { kind: 'gone', closes: false },
      memory: input.memory,
    });
  });

  it.each(STATES)('releases the hold first in %s', async (state) => {
    const input = stepInputOf(state, holding());
    expect(await deprovision(input, stepPortsOf())).toEqual({
      result: { kind: 'release-hold' },
      memory: input.memory,
    });
  });

  it.each<[string, Partial<ActionView>, Answer, object]>([
    ['gone', {}, answers({ status: 'gone' }), { kind: 'gone', closes: true }],
    [
      'gone although a stray call may land',
      { strayMs: 900 },
      answers({ status: 'gone' }),
      { kind: 'quieting', retryAfterMs: 900 },
    ],
    [
      'pending',
      {},
      answers({ status: 'pending', message: 'dropping', retryAfterMs: 500 }),
      { kind: 'pending', message: 'dropping', retryAfterMs: 500 },
    ],
    [
      'an answer against the contract',
      {},
      answers({ status: 'ready' }),
      {
        kind: 'later',
        text: expect.stringMatching(/shop-1.*acme-db broke its contract/),
        retryAfterMs: null,
      },
    ],
    [
      'a permanent error',
      {},
      throws(new PermanentError('locked')),
      { kind: 'later', text: expect.stringMatching(/shop-1.*acme-db.*locked/) },
    ],
    [
      'an error that may pass',
      {},
      throws(new Error('reset')),
      { kind: 'later', text: expect.stringMatching(/shop-1.*acme-db.*reset/) },
    ],
  ])('as the last holder turns %s into its result', async (_, view, answer, result) => {
    const input = closing(view);
    const advanced = await deprovision(input, plugin(answer));
    expect(advanced.result).toEqual(expect.objectContaining(result));
    expect(advanced.memory).toEqual(input.memory);
  });

  it('is repeated when the configuration creates no provisioner', async () => {
    const asked: unknown[] = [];
    const madeWith = (...all: unknown[]) => {
      asked.push(...all);
      return { ok: false, message: 'no such template' } as const;
    };
    const ports = stepPortsOf({ provisioners: { madeWith, for: madeWith } });
    expect((await deprovision(closing(), ports)).result).toMatchObject({
      kind: 'later',
      text: expect.stringContaining('no such template'),
    });
    expect(asked).toEqual(['branch', {}]);
  });

  it('is interrupted with its call', async () => {
    const input = closing();
    const hangs: Answer = ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    const advancing = deprovision(input, plugin(hangs));
    input.signals.interrupt('lost');
    expect((await advancing).result).toEqual({ kind: 'interrupted' });
  });

  it('passes copies of the handle and the settings to the plugin', async () => {
    const handle = { id: 7 };
    const settings = { plan: { size: 1 } };
    const input = closing({ allocation: { ...holding().allocation!, handle } });
    const withSettings = {
      ...input,
      access: { ...input.access, resource: { ...input.access.resource!, settings } },
    };
    const spoils: Answer = async (request) => {
      (request.handle as { id: number }).id = 0;
      (request.resource.settings as typeof settings).plan.size = 0;
      return { status: 'gone' };
    };
    await deprovision(withSettings, plugin(spoils));
    expect([handle, settings]).toEqual([{ id: 7 }, { plan: { size: 1 } }]);
  });

  it('works without the resource', async () => {
    const input = { ...closing(), access: { token: null, removed: true, resource: null } };
    let settings: unknown;
    await deprovision(
      input,
      plugin(async (request) => ((settings = request.resource.settings), { status: 'gone' })),
    );
    expect(settings).toEqual({});
  });
});
