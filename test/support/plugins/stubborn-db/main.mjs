/** Ignores its signal: every call takes effect after 5 s, also after an abort. */
import { backend, configSchema, deprovision } from '../backend.mjs';

export default {
  apiVersion: 1,
  name: 'stubborn-db',
  configSchema,
  create(config) {
    const server = backend(config);
    return {
      async provision({ key }) {
        server.note(key, 'provision');
        await new Promise((resolve) => setTimeout(resolve, 5_000));
        server.make(key);
        server.note(key, 'landed');
        return { status: 'ready', handle: null };
      },
      deprovision: deprovision(server),
    };
  },
};
