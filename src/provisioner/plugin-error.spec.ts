import { describe, expect, it } from 'vitest';
import { isPermanent, withPluginName } from './plugin-error.js';
import { PermanentError } from './provisioner.js';

const trap = (): never => {
  throw new Error('trap');
};
const trapped = new Proxy({}, { get: trap, getPrototypeOf: trap, has: trap });
const lazy = Object.defineProperty(new Error('x'), 'message', { get: trap });

describe('an error of a plugin', () => {
  it('is permanent when its name says so and it can be read', () => {
    expect(isPermanent(new PermanentError('quota'))).toBe(true);
    expect(isPermanent(Object.assign(new Error('quota'), { name: 'PermanentError' }))).toBe(true);
    for (const thrown of [new Error('x'), null, 'PermanentError', trapped, lazy])
      expect(isPermanent(thrown)).toBe(false);
    const unreadable = Object.defineProperty(new PermanentError('x'), 'message', { get: trap });
    expect(isPermanent(unreadable)).toBe(false);
  });

  it('names its plugin once', () => {
    expect(withPluginName('slow-db', 'no route')).toBe('slow-db: no route');
    expect(withPluginName('slow-db', 'slow-db: no route')).toBe('slow-db: no route');
    expect(withPluginName('slow-db', 'slow-db-2: no route')).toBe('slow-db: slow-db-2: no route');
  });
});
