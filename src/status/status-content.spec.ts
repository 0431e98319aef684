import { describe, expect, it } from 'vitest';
import { FAIL_REASONS, STATES } from '../state-machine/action-state.js';
import { statusContentOf } from './status-content.js';

const record = { outcome: null, reason: null, text: null } as const;

describe('the content of an action', () => {
  it('has a distinct headline with the name of the action for every state', () => {
    const headlines = STATES.map((state) => statusContentOf({ ...record, state }, 'Branch').headline);
    for (const headline of headlines) expect(headline).toMatch(/^Branch: /);
    // failing and failed have the same headline.
    expect(new Set(headlines).size).toBe(STATES.length - 1);
  });

  it('has advice for every failure, and no advice for other states', () => {
    for (const reason of [...FAIL_REASONS, 'refused', null] as const)
      expect(statusContentOf({ ...record, state: 'failed', reason }, 'Branch').advice).toMatch(/\w{3}.*\.$/);
    for (const state of ['queued', 'provisioning', 'reporting', 'succeeded', 'canceled', 'released'] as const)
      expect(statusContentOf({ ...record, state }, 'Branch').advice).toBeNull();
  });

  it('is settled exactly in the resting states', () => {
    const settled = STATES.filter((state) => statusContentOf({ ...record, state }, 'Branch').settled);
    expect(settled).toEqual(['succeeded', 'failed', 'canceled', 'released']);
  });
});
