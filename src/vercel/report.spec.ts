import { describe, expect, it } from 'vitest';
import { bodyOf, cut } from './report.js';

describe('bodyOf', () => {
  it('contains secrets only with success, and no empty outcomes', () => {
    const secrets = { URL: 'postgres://u:p@h/d', USER: 'u' };
    expect(bodyOf({ status: 'succeeded', secrets }).outcomes).toEqual([
      {
        kind: 'resource-secrets',
        secrets: [
          { name: 'URL', value: 'postgres://u:p@h/d' },
          { name: 'USER', value: 'u' },
        ],
      },
    ]);
    expect(bodyOf({ status: 'succeeded', secrets: {} })).toEqual({ status: 'succeeded' });
    expect(bodyOf({ status: 'running', secrets })).toEqual({ status: 'running' });
    expect(bodyOf({ status: 'failed', secrets, statusText: '' })).toEqual({ status: 'failed' });
  });

  it('accepts the status URLs that Vercel accepts', () => {
    for (const statusUrl of ['https://p.example/1', 'http://p.example', 'sso:/jobs/1'])
      expect(bodyOf({ status: 'running', statusUrl }).statusUrl).toBe(statusUrl);
    for (const statusUrl of ['p.example', 'ftp://p.example', 'https://'])
      expect(() => bodyOf({ status: 'running', statusUrl })).toThrow(`status url ${statusUrl}`);
  });
});

describe('cut', () => {
  it('keeps short texts and shortens long ones', () => {
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('abcd', 3)).toBe('ab…');
    expect(bodyOf({ status: 'failed', statusText: 'x'.repeat(5000) }).statusText).toHaveLength(1000);
  });

  it('keeps surrogate pairs whole', () => {
    expect(cut('a😀bcd', 3)).toBe('a…');
    expect(cut('ab😀cd', 4)).toBe('ab…');
    expect(cut('ab😀cd', 5)).toBe('ab😀…');
    expect(cut('a\ud83d', 9)).toBe('a\ufffd');
  });
});
