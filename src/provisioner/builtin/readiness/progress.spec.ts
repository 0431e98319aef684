import { describe, expect, it } from 'vitest';
import { advance, messageOf, readProgress } from './progress.js';

const start = { inARow: 0, failed: null };

describe('progress', () => {
  it('counts successful rounds in a row, and starts again after a failure', () => {
    const one = advance(start, [], 3);
    const two = advance(one, [], 3);
    expect(two).toEqual({ inARow: 2, failed: null });
    expect(advance(two, ['x failed'], 3)).toEqual({ inARow: 0, failed: 'x failed' });
    expect(advance(two, [], 3)).toEqual({ inARow: 3, failed: null });
    expect(advance({ inARow: 3, failed: null }, [], 3).inARow).toBe(3);
  });

  it('keeps the last failure in its message until all successes are complete', () => {
    const failed = advance(start, ['tcp db:1 refused the connection'], 3);
    expect(messageOf(failed, 3)).toBe('readiness: tcp db:1 refused the connection');
    expect(messageOf(advance(failed, [], 3), 3)).toBe(
      'readiness: 1 of 3 successes in a row; before that tcp db:1 refused the connection',
    );
    expect(messageOf(advance(start, [], 3), 3)).toBe('readiness: 1 of 3 successes in a row');
  });

  it('names three failures and counts the rest', () => {
    expect(advance(start, ['a', 'b', 'c', 'd', 'e'], 1).failed).toBe('a; b; c; and 2 more');
  });

  it.each([null, 'x', 5, [], { inARow: -1 }, { inARow: 'x', failed: 3 }])(
    'starts again with the handle %j',
    (handle) => expect(readProgress(handle)).toEqual(start),
  );
});
