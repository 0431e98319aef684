import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { PermanentError } from '../../provisioner/provisioner.js';
import { checkProvisioned } from './plugin-answer.js';
import { callPlugin } from './plugin-call.js';

const never = new AbortController().signal;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const take = (answer: unknown): unknown => answer;

describe('callPlugin', () => {
  it("returns the plugin's answer", async () => {
    expect(await callPlugin(async () => 7, never, take)).toEqual({ kind: 'answered', answer: 7 });
  });

  it('reports a broken contract', async () => {
    expect(await callPlugin(async () => ({ status: 'done' }), never, checkProvisioned)).toEqual({
      kind: 'broke',
      message: 'provision answered status "done", not "ready" or "pending"',
    });
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('no route'))],
    [
      'throws before its promise',
      () => {
        throw new Error('no route');
      },
    ],
  ])('may be tried again when the plugin %s', async (_, call) => {
    expect(await callPlugin(call, never, take)).toEqual({ kind: 'threw', message: 'no route' });
  });

  it('recognizes a permanent error, also of another copy of the contract', async () => {
    const foreign = Object.assign(new Error('quota used up'), { name: 'PermanentError' });
    for (const error of [new PermanentError('quota used up'), foreign])
      expect(await callPlugin(() => Promise.reject(error), never, take)).toEqual({
        kind: 'permanent',
        message: 'quota used up',
      });
  });

  it('accepts a text as an error, and makes every text storable', async () => {
    const thrown = (error: unknown) =>
      callPlugin(
        async () => {
          throw error; // whatever a plugin's dependencies throw
        },
        never,
        take,
      );
    expect(await thrown('just text')).toEqual({ kind: 'threw', message: 'just text' });
    expect(await thrown(new Error('a\0b\ud800'))).toEqual({ kind: 'threw', message: 'a\ufffdb\ufffd' });
    expect((await thrown(new Error('x'.repeat(1e6)))) as { message: string }).toHaveProperty(
      'message.length',
      2000,
    );
  });

  it('is not made after an abort', async () => {
    let called = false;
    const call = async (): Promise<void> => void (called = true);
    expect(await callPlugin(call, AbortSignal.abort(), take)).toEqual({ kind: 'aborted', heeded: true });
    expect(called).toBe(false);
  });

  it.each([
    [
      'heeds the signal',
      true,
      async (signal: AbortSignal) => {
        while (!signal.aborted) await sleep(10);
        throw new Error('aborted');
      },
    ],
    ['ignores the signal', false, () => new Promise(() => undefined)],
    // oxlint-disable-next-line unicorn/no-thenable -- what a plugin may answer
    ['answers a thenable that never settles', false, () => ({ then: () => undefined }) as never],
  ] as [string, boolean, (signal: AbortSignal) => Promise<unknown>][])(
    'is aborted when the plugin %s',
    async (_, heeded, call) => {
      const controller = new AbortController();
      const result = callPlugin(call, controller.signal, take);
      controller.abort('moved');
      expect(await result).toEqual({ kind: 'aborted', heeded });
    },
  );

  it('is aborted by a deadline signal that was garbage-collected', async () => {
    const deadline = AbortSignal.any([never, AbortSignal.timeout(100)]);
    const result = callPlugin(() => new Promise(() => undefined), deadline, take);
    const collecting = setInterval(collectGarbage, 20);
    expect(await result).toEqual({ kind: 'aborted', heeded: false });
    clearInterval(collecting);
  });

  it('ends at its time limit, also if the plugin ignores the signal', async () => {
    const heeds = (signal: AbortSignal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    expect(await callPlugin(heeds, never, take, 20)).toEqual({
      kind: 'threw',
      message: 'no answer within 30 s',
      timedOut: true,
    });
    expect(await callPlugin(() => new Promise(() => undefined), never, take, 20)).toEqual({
      kind: 'threw',
      message: 'no answer within 30 s, and its signal was ignored',
      timedOut: true,
    });
  });

  it('accepts the answer of a plugin that is ready despite the abort', async () => {
    const controller = new AbortController();
    const result = callPlugin(async () => 1, controller.signal, take);
    controller.abort('moved');
    expect(await result).toEqual({ kind: 'answered', answer: 1 });
  });
});
