import { describe, expect, it } from 'vitest';
import { sanitize, errorText } from './error-text.js';

const trap = (): never => {
  throw new Error('trap');
};
const trapped = new Proxy({}, { get: trap, getPrototypeOf: trap, has: trap });
const lazy = Object.defineProperty(new Error('x'), 'message', { get: trap });

describe('the text of a thrown value', () => {
  it.each<[string, unknown, string]>([
    ['an error', new Error('no route'), 'no route'],
    ['a text', 'no route', 'no route'],
    ['an object with a message', { message: 'no route' }, 'no route'],
    ['an error that has only a code', Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    ['an error without a message', new Error(''), 'threw an error without a message'],
    ['an empty text', '', 'threw an empty text'],
    ['null', null, 'threw null, which is not an error'],
    ['nothing', undefined, 'threw undefined, which is not an error'],
    ['a symbol', Symbol('s'), 'threw Symbol(s), which is not an error'],
    ['an object', {}, 'threw an object that is not an error'],
    ['a function', trap, 'threw '],
    ['a proxy whose traps throw', trapped, 'threw something that cannot be read'],
    ['an error whose message throws', lazy, 'threw something that cannot be read'],
  ])('is derived from %s', (_, thrown, text) => {
    expect(errorText(thrown)).toContain(text);
  });

  it('contains only characters that can be stored, and is limited in length', () => {
    expect(errorText(new Error('a\0b\ud800'))).toBe('a\ufffdb\ufffd');
    expect(errorText(new Error('x'.repeat(1e6)))).toHaveLength(2_000);
  });

  it.each([
    [
      'to postgres://admin:p@ss/w0rd@db.example:5432/x failed',
      'to postgres://admin:***@db.example:5432/x failed',
    ],
    ['"redis://:hidden@cache" and https://u:p@h', '"redis://:***@cache" and https://u:***@h'],
    ["host=db password=hidden user=u, PASSWORD='two words'", 'host=db password=*** user=u, PASSWORD=***'],
    [
      'GET https://db.example:5432/x and http://[::1]:80',
      'GET https://db.example:5432/x and http://[::1]:80',
    ],
    ['PGPASSWORD=hidden psql: DB_PASSWORD=hidden', 'PGPASSWORD=*** psql: DB_PASSWORD=***'],
    [String.raw`password = 'it\'s hidden' x`, 'password = *** x'],
    ['{"user":"u","password":"hidden"}', '{"user":"u","password":***}'],
    ['invalid password: it must be longer', 'invalid password: it must be longer'],
    ['GET https://db.example:8080/x?for=a@b.example', 'GET https://db.example:8080/x?for=a@b.example'],
    [`${'x'.repeat(1_990)} postgres://admin:hidden-password@db`, `${'x'.repeat(1_990)} postgres:`],
  ])('hides passwords in %s', (text, shown) => expect(sanitize(text)).toBe(shown));

  it('hides the given secrets, except short ones', () => {
    expect(sanitize('made tr0ub4dor&3, port 5432', ['tr0ub4dor&3', '5432'])).toBe('made ***, port 5432');
  });

  it('hides secrets with a common beginning, and a secret as long as the text, every time', () => {
    expect(sanitize('abcd1234 and abcd1234efgh', ['abcd1234', 'abcd1234efgh'])).toBe('*** and ***');
    const key = 'k'.repeat(3_900);
    expect(sanitize(`${key} ${key}`, [key])).toBe('*** ***');
  });
});
