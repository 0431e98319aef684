import { expect, it } from 'vitest';
import { ConfigError, Problems } from './problems.js';

it('throwIfAny throws nothing without problems', () => {
  const problems = new Problems();
  expect(problems.none).toBe(true);
  problems.throwIfAny();
});

it.each([
  [1, 'configuration: 1 problem\n  - environment: PORT: is not a port'],
  [2, 'configuration: 2 problems\n  - environment: PORT: is not a port\n  - actions.yaml: has no actions'],
])('throwIfAny reports all %d problems in one message', (count, message) => {
  const problems = new Problems();
  problems.add('environment', 'PORT', 'is not a port');
  if (count === 2) problems.add('actions.yaml', '', 'has no actions');
  expect(() => problems.throwIfAny()).toThrow(ConfigError);
  expect(() => problems.throwIfAny()).toThrow(message);
});
