import { beforeAll, describe, expect, it } from 'vitest';
import { logTo } from '../../src/log/log.js';
import { explore } from './explore.js';
import { ALL_RULES } from './rules.js';
import { DEEP_SCENARIOS } from './scenarios.js';

beforeAll(() => logTo('silent'));

describe('the model, explored deeply', () => {
  it.each(DEEP_SCENARIOS)('holds every invariant: $name', async (scenario) => {
    const { worlds, found } = await explore(scenario, ALL_RULES, { worlds: 4_000_000 });
    console.info(`${scenario.name}: ${worlds} worlds`);
    expect(Object.fromEntries(found)).toEqual({});
  });
});
