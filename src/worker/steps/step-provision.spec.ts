import { beforeAll, describe, expect, it } from 'vitest';
import { holding, stepInputOf, stepPortsOf } from '../../../test/support/action-run.js';
import type { ActionView } from '../../action/claims/action-view.js';
import { logTo } from '../../log/log.js';
import { CALL_LIMIT_MS } from '../../provisioner/limits.js';
import { PermanentError, type ProvisionRequest } from '../../provisioner/provisioner.js';
import { SYSTEM_CLOCK } from '../ports/clock.js';
import type { RunMemory } from '../values/run-memory.js';
import type { Interruption } from '../values/signals.js';
import { provision } from './step-provision.js';

beforeAll(() => logTo('silent'));

type Timed = 'provisioning' | 'reporting';
type Answer = (request: ProvisionRequest) => Promise<unknown>;

const given = (state: Timed, view: Partial<ActionView> = {}, memory: Partial<RunMemory> = {}) =>
  stepInputOf(state, holding(view), { lastProgress: 'reported', ...memory });
const plugin = (answer: Answer) => stepPortsOf({ provisioner: { provision: answer as never } });
const answers =
  (answer: unknown): Answer =>
  async () =>
    answer;
const throws =
  (error: Error): Answer =>
  async () => {
    throw error;
  };
/** Heeds its signal. */
const hangs: Answer = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));

const READY = { status: 'ready', handle: { id: 7 }, secrets: { A: 'a' }, message: 'one branch' };
const PENDING = { status: 'pending', message: 'copying', retryAfterMs: 500 };
const handle = { value: { id: 7 }, seen: null };
const reportUnknown = { reportUnknown: true };

describe('provision', () => {
  it.each<[string, Timed, Answer, Partial<RunMemory>, object]>([
    [
      'ready',
      'provisioning',
      answers(READY),
      {},
      { kind: 'ready', handle, secrets: { A: 'a' }, message: 'one branch' },
    ],
    [
      'ready without secrets',
      'provisioning',
      answers({ status: 'ready', handle: null }),
      {},
      { kind: 'ready', handle: { value: null, seen: null }, secrets: {}, message: null },
    ],
    [
      'ready once more for the secrets',
      'reporting',
      answers(READY),
      {},
      { kind: 'ready', secrets: { A: 'a' } },
    ],
    [
      'pending',
      'provisioning',
      answers(PENDING),
      {},
      { kind: 'pending', message: 'copying', retryAfterMs: 500 },
    ],
    [
      'pending with a handle',
      'provisioning',
      answers({ ...PENDING, handle: { id: 7 } }),
      {},
      { kind: 'pending', handle },
    ],
    [
      'a permanent error',
      'provisioning',
      throws(new PermanentError('no room')),
      {},
      { kind: 'fail', reason: 'permanent', text: 'no room', call: 'settled' },
    ],
    [
      'an answer against the contract',
      'provisioning',
      answers({ status: 'done' }),
      {},
      {
        kind: 'fail',
        reason: 'misbehaved',
        text: expect.stringContaining('acme-db broke its contract'),
        call: 'settled',
      },
    ],
    [
      'an error that may pass',
      'provisioning',
      throws(new Error('reset')),
      {},
      { kind: 'later', text: expect.stringMatching(/acme-db.*reset/), retryAfterMs: null, call: 'stray' },
    ],
    [
      'a permanent error after the verdict',
      'reporting',
      throws(new PermanentError('no room')),
      {},
      { kind: 'refused', text: 'no room', call: 'settled' },
    ],
    [
      'a broken contract after the verdict',
      'reporting',
      answers({}),
      {},
      { kind: 'refused', text: expect.stringContaining('contract'), call: 'settled' },
    ],
    [
      'a permanent error when Vercel may have accepted',
      'reporting',
      throws(new PermanentError('no room')),
      reportUnknown,
      { kind: 'later', text: 'no room', retryAfterMs: null, call: 'settled' },
    ],
    [
      'a broken contract when Vercel may have accepted',
      'reporting',
      answers({}),
      reportUnknown,
      { kind: 'later', call: 'settled' },
    ],
  ])('turns %s in %s into its result', async (_, state, answer, memory, result) => {
    const input = given(state, {}, memory);
    const advanced = await provision(input, plugin(answer));
    expect(advanced.result).toEqual(expect.objectContaining(result));
    expect(advanced.memory).toEqual(input.memory);
  });

  it('passes the action and its allocation to the plugin', async () => {
    let request: ProvisionRequest | undefined;
    const facts = {
      deploymentUrl: 'shop.vercel.app',
      target: 'production',
      projectId: 'prj_1',
      projectName: 'shop',
    };
    const git = { gitRef: 'main', gitSha: 'c0ffee', pullRequest: 7 };
    const asked: Answer = async (all) => ((request = all), READY);
    await provision(given('provisioning', { ...facts, ...git, deploymentId: 'dpl_9' }), plugin(asked));
    const { deploymentUrl: url, ...project } = facts;
    expect(request).toMatchObject({
      key: 'shop-1',
      handle: null,
      installationId: 'icfg_1',
      resource: { id: 'res_1', settings: {} },
      deployment: { id: 'dpl_9', url, ...project, ...git },
    });
    expect(request!.derive('password')).toHaveLength(32);
  });

  it("uses the allocation's options, and fails when they create no provisioner", async () => {
    const asked: unknown[] = [];
    const madeWith = (...all: unknown[]) => {
      asked.push(...all);
      return { ok: false, message: 'no such template' } as const;
    };
    const ports = stepPortsOf({ provisioners: { madeWith, for: madeWith } });
    const input = given('provisioning');
    expect((await provision(input, ports)).result).toEqual({
      kind: 'fail',
      reason: 'permanent',
      text: 'no such template',
      call: 'settled',
    });
    expect(asked).toEqual(['branch', {}]);
    expect((await provision(given('reporting'), ports)).result).toMatchObject({ kind: 'refused' });
  });

  it('needs an allocation', async () => {
    const input = stepInputOf('provisioning', {});
    await expect(provision(input, plugin(answers(READY)))).rejects.toThrow('has no allocation');
  });
});

describe('the deadline of a provision', () => {
  const now = () => SYSTEM_CLOCK.now();

  it.each([
    [null, 'not ready before the deadline'],
    ['copying', 'not ready before the deadline: copying'],
  ])('fails an action that it has reached, without a call: %s', async (progressText, text) => {
    const input = given('provisioning', { progressText }, { deadlineAt: now() });
    expect((await provision(input, stepPortsOf())).result).toEqual({
      kind: 'fail',
      reason: 'deadline',
      text,
      call: 'settled',
    });
  });

  it.each([
    [null, 'acme-db had not answered'],
    ['copying', 'acme-db had not answered; before that: copying'],
  ])('ends a call under way: %s', async (progressText, why) => {
    const input = given('provisioning', { progressText }, { deadlineAt: now() + 50 });
    const { result } = await provision(input, plugin(hangs));
    expect(result).toEqual({
      kind: 'fail',
      reason: 'deadline',
      text: `not ready before the deadline: ${why}`,
      call: 'stray',
    });
  });

  it('reports a plugin that ignores its signal', async () => {
    const input = given('provisioning', {}, { deadlineAt: now() + 50 });
    const { result } = await provision(
      input,
      plugin(() => new Promise(() => undefined)),
    );
    expect(result).toMatchObject({ reason: 'deadline', text: expect.stringContaining('ignored its signal') });
  });

  it('does not apply after the verdict', async () => {
    const input = given('reporting', {}, { deadlineAt: now() - 1 });
    expect((await provision(input, plugin(answers(READY)))).result).toMatchObject({ kind: 'ready' });
  });

  it('is not the time limit of the call, which starts with its record', async () => {
    const input = given(
      'provisioning',
      {},
      { callOpenedAt: now() - CALL_LIMIT_MS + 30, deadlineAt: now() + 60_000 },
    );
    const { result } = await provision(input, plugin(hangs));
    expect(result).toMatchObject({
      kind: 'later',
      call: 'stray',
      text: expect.stringContaining('no answer within'),
    });
  });

  it.each<[Timed, Interruption]>([
    ['provisioning', 'moved'],
    ['reporting', 'shutdown'],
  ])('is another thing than an interruption in %s: %s', async (state, reason) => {
    const input = given(state);
    const advancing = provision(input, plugin(hangs));
    input.signals.interrupt(reason);
    expect((await advancing).result).toEqual({ kind: 'interrupted', call: 'stray' });
  });
});
