import { describe, expect, it } from 'vitest';
import { sequenceKey, stepKey } from './step-key.js';

const first = { name: 'main', ownKeys: true, plugin: { name: 'db' } };
const other = { name: 'other', ownKeys: false, plugin: { name: 'db' } };
const third = { name: 'third', ownKeys: false, plugin: { name: 'cache' } };
const steps = [first, other, third];
const long = (last: string) => `${'k'.repeat(62)}${last}`;

describe('the key of a step', () => {
  it('is the key of the sequence for the first step of a plugin, and has a suffix for other steps', () => {
    expect(stepKey('shop-main-abc', first)).toBe('shop-main-abc');
    expect(stepKey('shop-main-abc', other)).toBe('shop-main-abc-other');
  });

  it('is at most as long as an allocation key, and differs for different long keys', () => {
    const keys = [stepKey(long('a'), other), stepKey(long('b'), other), stepKey(long('a'), third)];
    for (const key of keys) expect(key).toMatch(/^[a-z0-9-]{63}$/);
    expect(new Set(keys).size).toBe(3);
    expect(stepKey('k'.repeat(57), other)).toHaveLength(63);
    expect(stepKey('k'.repeat(56), other)).toBe(`${'k'.repeat(56)}-other`);
  });

  it('can be traced back to the key of the sequence, unless it was shortened', () => {
    for (const key of ['shop-main-abc', 'k'.repeat(56)]) {
      expect(sequenceKey(stepKey(key, first), first, steps)).toBe(key);
      expect(sequenceKey(stepKey(key, other), first, steps), 'as the first step lists it').toBe(key);
      expect(sequenceKey(stepKey(key, other), other, steps)).toBe(key);
    }
    expect(sequenceKey(stepKey(long('a'), other), other, steps)).toBeNull();
    expect(sequenceKey(long('a'), first, steps)).toBe(long('a'));
    expect(sequenceKey('shop-third', first, steps), 'the name of a step of another plugin').toBe(
      'shop-third',
    );
  });
});
