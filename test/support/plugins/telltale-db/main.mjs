/**
 * Leaks secrets: the password of its configuration and its own secrets appear in all its messages.
 * `settings.way` names the end of a call.
 */
import { rest } from '../backend.mjs';

class PermanentError extends Error {
  name = 'PermanentError';
}

export default {
  apiVersion: 1,
  name: 'telltale-db',
  configSchema: {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (config) =>
        typeof config?.admin === 'string'
          ? { value: config }
          : { issues: [{ message: 'must be a text', path: ['admin'] }] },
    },
  },
  create({ admin }) {
    return {
      async provision({ handle, resource: { settings }, signal }) {
        const { way, secret, note } = settings;
        if (way === 'hangs at once') return rest(60_000, signal);
        if (handle === null)
          return { status: 'pending', handle: { note }, message: `asking ${admin}`, retryAfterMs: 500 };
        if (way === 'fails')
          throw new PermanentError(`no room on ${admin} (password=${new URL(admin).password})`);
        if (way === 'hangs') return rest(60_000, signal);
        if (way === 'breaks') throw new Error(`connection to ${admin} was lost`);
        return {
          status: 'ready',
          handle: { note },
          secrets: { DATABASE_URL: secret },
          message: `made ${secret}`,
        };
      },
      deprovision: async () => ({ status: 'pending', message: `dropping on ${admin}`, retryAfterMs: 60_000 }),
    };
  },
};
