import { createHash } from 'node:crypto';
import { PermanentError } from 'drawbridge/provisioner';
import { configSchema } from './config.js';
import { removeKeys } from './keys.js';
import { withRedis } from './session.js';
import { closeUser, deleteUser, listUsers, openUser, ownerOf, saveUsers } from './user.js';

/** @typedef {import('./config.js').Config} Config */
/** @typedef {import('./keys.js').Place} Place */

const OLDEST_VERSION = 7;

/** @type {import('drawbridge/provisioner').ProvisionerPlugin<Config, Place | null>} */
const plugin = {
  apiVersion: 1,
  name: 'redis-prefix',
  configSchema,
  create: (config) => ({
    provision: ({ key, derive, signal, log }) =>
      withRedis(config.url, signal, async (command) => {
        const user = config.prefix + key;
        if ((await ownerOf(command, user)) === 'other')
          throw new PermanentError(`redis-prefix: user "${user}" was not made here; it is left alone`);
        const password = Buffer.from(derive('password')).toString('base64url');
        await openUser(command, user, createHash('sha256').update(password).digest('hex'));
        if (!(await saveUsers(command)))
          log('redis-prefix: the server has no aclfile: its users are lost when it restarts');
        const secrets = { REDIS_URL: urlFor(config, user, password), REDIS_PREFIX: `${user}:` };
        return { status: 'ready', handle: null, secrets };
      }),

    deprovision: ({ key, handle, signal }) =>
      withRedis(config.url, signal, async (command) => {
        const user = config.prefix + key;
        const owner = await ownerOf(command, user);
        if (owner === 'other') return { status: 'gone' };
        if (owner === 'ours') await closeUser(command, user);
        const place = await removeKeys(command, `${user}:`, handle);
        if (place !== null)
          return {
            status: 'pending',
            handle: place,
            message: 'redis-prefix: removing its keys',
            retryAfterMs: 100,
          };
        await deleteUser(command, user);
        await saveUsers(command);
        return { status: 'gone' };
      }),

    check: (signal) =>
      withRedis(config.url, signal, async (command) => {
        await command('PING');
        await command('ACL', 'WHOAMI');
        const version =
          /^redis_version:(\S+)/m.exec(String(await command('INFO', 'server')))?.[1] ?? 'unknown';
        if (Number.parseInt(version) >= OLDEST_VERSION) return;
        throw new Error(`the server's version is ${version}; version ${OLDEST_VERSION} or later is required`);
      }),

    list: (signal) =>
      withRedis(config.url, signal, async (command) => {
        const users = await listUsers(command, config.prefix);
        return users.map((user) => user.slice(config.prefix.length));
      }),
  }),
};

export default plugin;

/**
 * @param {Config} config
 * @param {string} user
 * @param {string} password
 */
function urlFor(config, user, password) {
  const { protocol, host } = new URL(config.url);
  return `${protocol}//${user}:${password}@${config.public ?? host}`;
}
