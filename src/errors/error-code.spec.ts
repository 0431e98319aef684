import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorCode, errorCodeOrName } from './error-code.js';

const coded = (code: unknown): Error => Object.assign(new TypeError('fetch failed'), { code });

describe('errorCode', () => {
  it.each([
    ['of Node', coded('ECONNREFUSED'), 'ECONNREFUSED'],
    ['of a plain object', { code: '42501' }, '42501'],
    ['that is a number', coded(14), ''],
    ['of an error without one', new Error('no code'), ''],
    ['of a cause', new Error('outer', { cause: coded('EPIPE') }), ''],
    ['of null', null, ''],
    ['of undefined', undefined, ''],
    ['of a text', 'ECONNREFUSED', ''],
  ])('reads the code %s', (_, error, code) => {
    expect(errorCode(error)).toBe(code);
  });

  it.each([
    [coded('UND_ERR_SOCKET'), 'UND_ERR_SOCKET'],
    [coded(undefined), 'TypeError'],
    [null, 'unknown'],
    ['a text', 'unknown'],
  ])('returns for an error without a code its name: %s', (error, text) => {
    expect(errorCodeOrName(error)).toBe(text);
  });

  it('is the only function of this purpose', () => {
    const folders = ['src', 'scripts'];
    const files = folders.flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
    );
    const own = /\b(function|const) (codeOf|sqlState|errorCode)\b(?! = \/)/;
    const places = files.filter((file) => file.endsWith('.ts') && own.test(readFileSync(file, 'utf8')));
    expect(places.toSorted()).toEqual(['src/errors/database-error.ts', 'src/errors/error-code.ts']);
  });
});
