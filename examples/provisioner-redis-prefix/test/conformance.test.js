import { after, describe, it } from 'node:test';
import { describeProvisioner } from 'drawbridge/provisioner/testing';
import plugin from 'provisioner-redis-prefix';
import { startServer } from './server.js';

const server = await startServer();
after(() => server.stop());

describeProvisioner(
  { describe, it },
  {
    plugin,
    config: { url: server.url, prefix: 'kit-of-redis-' },
    invalidConfig: { url: 'http://127.0.0.1', prefx: 'x-' },
    // The user as the server describes it, and all keys with its prefix.
    find: async (key) => {
      const user = await server.command('ACL', 'GETUSER', `kit-of-redis-${key}`);
      const keys = await server.command('KEYS', `kit-of-redis-${key}:*`);
      return user === null && keys.length === 0 ? null : { user, keys };
    },
  },
);
