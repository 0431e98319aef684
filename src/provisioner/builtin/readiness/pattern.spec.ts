import { describe, expect, it } from 'vitest';
import { matches } from './pattern.js';

describe('a pattern', () => {
  it('is searched in the whole text', () => {
    expect(matches('"status":\\s*"ok"', '{"status": "ok"}')).toBe(true);
    expect(matches('^ok$', 'not ok')).toBe(false);
    expect(matches('(?i:OK)', 'ok')).toBe(true);
  });

  it('is abandoned when matching takes too long', () => {
    expect(matches('^(a+)+$', `${'a'.repeat(60)}!`)).toBeNull();
  });
});
