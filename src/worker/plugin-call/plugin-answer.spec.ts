import { describe, expect, it } from 'vitest';
import { checkDeprovisioned, checkProvisioned } from './plugin-answer.js';

describe('the answer of a provisioner', () => {
  it.each<[unknown]>([
    [{ status: 'ready', handle: null }],
    [{ status: 'ready', handle: { a: [1, 'x'] }, secrets: { DATABASE_URL: 'x', _a1: 'y' }, message: 'made' }],
    [{ status: 'ready', handle: 'a literal \\u0000 is only text' }],
    [{ status: 'pending', message: 'soon', retryAfterMs: 500 }],
  ])('may be %j', (answer) => {
    expect(checkProvisioned(answer)).toEqual(answer);
  });

  it('waits at least 100 ms', () => {
    expect(checkProvisioned({ status: 'pending', message: 'm', retryAfterMs: -5 })).toMatchObject({
      retryAfterMs: 100,
    });
    expect(checkDeprovisioned({ status: 'pending', message: 'm', retryAfterMs: 0 })).toMatchObject({
      retryAfterMs: 100,
    });
  });

  it.each([
    undefined,
    null,
    7,
    'gone',
    {},
    { status: 'ready', handle: null },
    { status: 'pending', message: 7 },
  ])('may not be %j to deprovision', (answer) => {
    expect(checkDeprovisioned(answer)).toBeTypeOf('string');
  });

  it('may be gone', () => {
    expect(checkDeprovisioned({ status: 'gone' })).toEqual({ status: 'gone' });
  });
});

const ready = (rest: object) => checkProvisioned({ status: 'ready', handle: null, ...rest });

describe('an answer that breaks the contract', () => {
  const odd = (trap: () => unknown) =>
    Object.defineProperty({ handle: null }, 'status', { get: trap, enumerable: true });
  const trapped = new Proxy(
    {},
    {
      get: () => {
        throw new Error('trap');
      },
    },
  );
  const deep = (levels: number): unknown => (levels === 0 ? null : [deep(levels - 1)]);
  const circular: { self?: unknown } = {};
  circular.self = circular;

  it.each<[string, unknown, string]>([
    [
      'a getter that throws',
      odd(() => {
        throw new Error('no');
      }),
      'provision answered something that cannot be read',
    ],
    ['a proxy whose traps throw', trapped, 'provision answered something that cannot be read'],
    [
      'a status of a megabyte',
      { status: 'x'.repeat(1e6) },
      `provision answered status "${'x'.repeat(40)}", not "ready" or "pending"`,
    ],
    [
      'a status that is not a string',
      { status: 10n },
      'provision answered status bigint, not "ready" or "pending"',
    ],
  ])('is reported: %s', (_, answer, says) => {
    expect(checkProvisioned(answer)).toBe(says);
  });

  it.each<[string, object, string]>([
    ['a circular handle', { handle: circular }, 'provision answered ready with a handle that is not JSON'],
    [
      'a handle of a megabyte',
      { handle: 'x'.repeat(1e6) },
      'provision answered ready with a handle of 1000002 bytes; the limit is 65536',
    ],
    [
      'a deep handle',
      { handle: deep(101) },
      'provision answered ready with a handle that is nested more than 100 levels deep',
    ],
    [
      'a very deep handle',
      { handle: deep(1_000) },
      'provision answered ready with a handle that is nested more than 100 levels deep',
    ],
    [
      'secrets that are a list',
      { secrets: ['x'] },
      'provision answered secrets that are not an object of names and values',
    ],
    [
      'secrets that are a Map',
      { secrets: new Map([['A', 'b']]) },
      'provision answered secrets that are not an object of names and values',
    ],
    [
      'secrets that are a text',
      { secrets: 'x' },
      'provision answered secrets that are not an object of names and values',
    ],
    [
      'a secret with NUL',
      { secrets: { A: 'a\0' } },
      'provision answered a secret A with a NUL byte, which is not allowed in an environment variable',
    ],
    [
      'a secret of a megabyte',
      { secrets: { BIG: 'é'.repeat(500_000) } },
      'provision answered secrets of 1000003 bytes; Vercel accepts 65536 for all variables of a deployment together',
    ],
    [
      'a name of a megabyte',
      { secrets: { ['é'.repeat(500_000)]: 'x' } },
      `provision answered a secret named "${'é'.repeat(40)}", which is not a valid name of an environment variable`,
    ],
  ])('is reported: %s', (_, rest, says) => {
    expect(ready(rest)).toBe(says);
  });

  it('exceeds a limit; a value at the limit is valid', () => {
    expect(ready({ secrets: { BIG: 'x'.repeat(65_533) } })).toBeTypeOf('object');
    expect(ready({ secrets: { BIG: 'x'.repeat(65_534) } })).toContain('65537 bytes');
    expect(ready({ handle: 'x'.repeat(65_534) })).toBeTypeOf('object');
    expect(ready({ handle: 'x'.repeat(65_535) })).toContain('65537 bytes');
    expect(ready({ handle: deep(100) })).toBeTypeOf('object');
  });

  it('names the verb', () => {
    expect(checkDeprovisioned({ status: 'pending', message: 'm', retryAfterMs: Number.NaN })).toBe(
      'deprovision answered pending without retryAfterMs',
    );
  });
});

describe('an answer that keeps the contract', () => {
  it('is read once: later values of its getters do not matter', () => {
    let asked = 0;
    const answer = {
      status: 'ready',
      handle: null,
      get secrets() {
        return { N: String(++asked) };
      },
    };
    expect(checkProvisioned(answer)).toEqual({ status: 'ready', handle: null, secrets: { N: '1' } });
    expect(asked).toBe(1);
  });

  it('shares nothing with the plugin', () => {
    const handle = { step: 1 };
    const read = ready({ handle });
    handle.step = 2;
    expect(read).toEqual({ status: 'ready', handle: { step: 1 } });
  });
});
