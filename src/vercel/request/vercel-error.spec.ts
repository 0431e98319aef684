import { describe, expect, it } from 'vitest';
import { errorOf } from './vercel-error.js';

const read = (body: unknown, ...hidden: string[]) => errorOf(JSON.stringify(body), hidden);

describe('errorOf', () => {
  it('reads the members error and err, and the fields of the top level', () => {
    const error = { code: 'forbidden', message: 'Not authorized' };
    for (const body of [{ error }, { err: error }, error, { error: 'text', err: error }])
      expect(read(body)).toEqual(error);
  });

  it.each(['', '<html>502</html>', 'null', '[]', '"text"', '{"error":null}', '{"error":{"code":7}}', '{'])(
    'returns nulls for %j',
    (text) => {
      expect(errorOf(text, [])).toEqual({ code: null, message: null });
    },
  );

  it('returns a message of one line and limited length', () => {
    expect(read({ error: { message: ' a\n\tb\u0000\u001b[31mc ' } }).message).toBe('a b [31mc');
    expect(read({ error: { message: 'x'.repeat(9999), code: 'y'.repeat(99) } }).message).toHaveLength(300);
  });

  it('hides a secret that Vercel repeats', () => {
    const url = 'postgres://u:p@host/db?x=(1)';
    expect(read({ error: { message: `bad value "${url}"`, code: url } }, url, 'p')).toEqual({
      code: '[hidden]',
      message: 'bad value "[hidden]"',
    });
  });

  it('hides a long secret of which Vercel repeats only the beginning', () => {
    const token = 'abcdefghijklmnopqrstuvwxyz0123456789';
    expect(read({ error: { message: `token ${token.slice(0, 22)}… is bad` } }, token).message).toBe(
      'token [hidden] is bad',
    );
  });

  it('does not search its own replacements', () => {
    expect(read({ error: { message: 'h i' } }, 'h', 'i', 'd', 'e', 'n', '').message).toBe(
      '[hidden] [hidden]',
    );
  });
});
