import { describe, expect, it } from 'vitest';
import { didYouMean, nearest } from './suggest.js';

describe('nearest', () => {
  const known = ['name', 'scope', 'provisioner', 'LOG_LEVEL'];

  it.each([
    ['scpoe', 'scope'],
    ['Scope', 'scope'],
    ['provisoner', 'provisioner'],
    ['log_level', 'LOG_LEVEL'],
    ['nam', 'name'],
    ['nmae', 'name'],
    ['nm', null],
    ['image', null],
    ['', null],
  ])('suggests for %j: %j', (name, expected) => {
    expect(nearest(name, known)).toBe(expected);
  });

  it('returns null without known names', () => {
    expect(nearest('scope', [])).toBeNull();
  });
});

describe('didYouMean', () => {
  it('suggests only similar names', () => {
    expect(didYouMean('scoep', ['scope'])).toBe(' (did you mean "scope"?)');
    expect(didYouMean('colour', ['scope'])).toBe('');
  });
});
