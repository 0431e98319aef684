import { describe, expect, it } from 'vitest';
import { matches } from './pattern.js';

describe('a pattern', () => {
  it('is looked for anywhere in the text', () => {
    expect(matches('"status":\\s*"ok"', '{"status": "ok"}')).toBe(true);
    expect(matches('^ok$', 'not ok')).toBe(false);
    expect(matches('(?i:OK)', 'ok')).toBe(true);
  });

  it('that would hold the process up is given up', () => {
    expect(matches('^(a+)+$', `${'a'.repeat(60)}!`)).toBeNull();
  });
});
