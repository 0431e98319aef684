import { describe, expect, it } from 'vitest';
import { Problems } from '../problems.js';
import { parseRoles } from './roles.js';

describe('ROLES', () => {
  it.each([
    [undefined, ['web', 'worker']],
    ['web', ['web']],
    [' worker , web ', ['worker', 'web']],
    ['web,web,', ['web']],
  ])('%j is read as %j', (list, expected) => {
    const problems = new Problems();
    expect([...parseRoles(list, problems)]).toEqual(expected);
    expect(problems.none).toBe(true);
  });

  it.each([
    ['', 'is empty: name web, worker or both'],
    [' , ', 'is empty'],
    ['web,wroker', '"wroker" is not a role: the roles are web and worker (did you mean "worker"?)'],
    ['Web', '"Web" is not a role: the roles are web and worker (did you mean "web"?)'],
    ['all', '"all" is not a role: the roles are web and worker'],
  ])('%j is rejected', (list, message) => {
    const problems = new Problems();
    parseRoles(list, problems);
    expect(() => problems.throwIfAny()).toThrow(message);
  });
});
