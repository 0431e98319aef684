import { describe, expect, it } from 'vitest';
import { errorOf } from './vercel-error.js';

const read = (body: unknown, ...hidden: string[]) => errorOf(JSON.stringify(body), hidden);

describe('errorOf', () => {
  it('reads error, err and fields at the top', () => {
    const error = { code: 'forbidden', message: 'Not authorized' };
    for (const body of [{ error }, { err: error }, error, { error: 'text', err: error }])
      expect(read(body)).toEqual(error);
  });

  it.each(['', '<html>502</html>', 'null', '[]', '"text"', '{"error":null}', '{"error":{"code":7}}', '{'])(
    'finds nothing in %j',
    (text) => {
      expect(errorOf(text, [])).toEqual({ code: null, message: null });
    },
  );

  it('makes one bounded line of it', () => {
    expect(read({ error: { message: ' a\n\tb\u0000\u001b[31mc ' } }).message).toBe('a b [31mc');
    expect(read({ error: { message: 'x'.repeat(9999), code: 'y'.repeat(99) } }).message).toHaveLength(300);
  });

  it('hides a secret that is echoed', () => {
    const url = 'postgres://u:p@host/db?x=(1)';
    expect(read({ error: { message: `bad value "${url}"`, code: url } }, url, 'p')).toEqual({
      code: '[hidden]',
      message: 'bad value "[hidden]"',
    });
  });

  it('hides a long secret of which only the beginning is echoed', () => {
    const token = 'abcdefghijklmnopqrstuvwxyz0123456789';
    expect(read({ error: { message: `token ${token.slice(0, 22)}… is bad` } }, token).message).toBe(
      'token [hidden] is bad',
    );
  });

  it('does not search what it put in place of a secret', () => {
    expect(read({ error: { message: 'h i' } }, 'h', 'i', 'd', 'e', 'n', '').message).toBe(
      '[hidden] [hidden]',
    );
  });
});
