import { describe, expect, it } from 'vitest';
import { filtersOf, queryOf, toggled } from './filters.js';

describe('filters in the address', () => {
  it('are the same after writing and reading', () => {
    const filters = { state: 'failed,queued', gitRef: 'feature/a b&c', since: '2026-01-31', project: 'shop' };
    const query = Object.fromEntries(new URLSearchParams(queryOf(filters)));
    expect(filtersOf(query)).toEqual(filters);
  });

  it('omit empty filters and other parameters', () => {
    expect(filtersOf({ state: '', project: '  ', cursor: 'x', theme: 'dark' })).toEqual({});
    expect(queryOf({ state: '', project: ' ' })).toBe('');
  });

  it('are the same text in any order', () => {
    expect(queryOf({ project: 'p', state: 'failed' })).toBe(queryOf({ state: 'failed', project: 'p' }));
  });

  it('precede other parameters', () => {
    expect(queryOf({ state: 'failed' }, { limit: '50' })).toBe('?state=failed&limit=50');
  });

  it('add and remove one of several values', () => {
    expect(toggled(undefined, 'failed')).toBe('failed');
    expect(toggled('failed,queued', 'failed')).toBe('queued');
    expect(toggled('queued', 'queued')).toBe('');
  });
});
