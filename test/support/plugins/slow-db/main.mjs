/**
 * Needs 20 s until its thing is ready. The thing exists from the beginning. An abort throws promptly and
 * leaves the thing.
 */
import { backend, configSchema, deprovision, rest } from '../backend.mjs';

export default {
  apiVersion: 1,
  name: 'slow-db',
  configSchema,
  create(config) {
    const server = backend(config);
    return {
      async provision({ key, signal }) {
        server.note(key, 'provision');
        server.make(key);
        try {
          await rest(20_000, signal);
        } catch (error) {
          server.note(key, 'aborted');
          throw error;
        }
        return { status: 'ready', handle: null };
      },
      deprovision: deprovision(server),
    };
  },
};
