import { describe, expect, it } from 'vitest';
import { filtersOf, queryOf, toggled } from './filters.js';

describe('the filters of the list and its address', () => {
  it('are the same after a way there and back', () => {
    const filters = { state: 'failed,queued', gitRef: 'feature/a b&c', since: '2026-01-31', project: 'shop' };
    const query = Object.fromEntries(new URLSearchParams(queryOf(filters)));
    expect(filtersOf(query)).toEqual(filters);
  });

  it('leave out what is empty or no filter', () => {
    expect(filtersOf({ state: '', project: '  ', cursor: 'x', theme: 'dark' })).toEqual({});
    expect(queryOf({ state: '', project: ' ' })).toBe('');
  });

  it('make one text of equal filters, whatever their order', () => {
    expect(queryOf({ project: 'p', state: 'failed' })).toBe(queryOf({ state: 'failed', project: 'p' }));
  });

  it('come before what else is asked for', () => {
    expect(queryOf({ state: 'failed' }, { limit: '50' })).toBe('?state=failed&limit=50');
  });

  it('take a value of several in and out again', () => {
    expect(toggled(undefined, 'failed')).toBe('failed');
    expect(toggled('failed,queued', 'failed')).toBe('queued');
    expect(toggled('queued', 'queued')).toBe('');
  });
});
