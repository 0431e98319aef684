import { beforeAll, describe, expect, it, vi } from 'vitest';
import { logTo } from '../../src/log/log.js';
import type * as Wait from '../../src/worker/run/wait.js';
import { explore } from './explore.js';
import { ALL_RULES } from './rules.js';
import { SCENARIOS } from './scenarios.js';

/**
 * The run loop with an earlier fault: every wait of an action ended at once when Vercel had reported that the
 * deployment is gone, also after the release of the action.
 */
vi.mock('../../src/worker/run/wait.js', async (original) => {
  const { isWaitOver, ...wait } = await original<typeof Wait>();
  const isOver: typeof isWaitOver = (view, memory, signals) =>
    memory.deploymentGone || isWaitOver(view, memory, signals);
  return { ...wait, isWaitOver: isOver };
});

beforeAll(() => logTo('silent'));

describe('a run loop that never waits once the deployment is gone', () => {
  it('is found: it calls deprovision without a pause while a stray call may take effect', async () => {
    const { found } = await explore(SCENARIOS.oneHiccups, ALL_RULES);
    expect([...found.keys()]).toEqual(['a worker repeats itself without a pause']);
    expect([...found.values()][0]).toContain('the worker of action 0 deprovisions');
  });
});
