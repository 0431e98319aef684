/**
 * A provisioner whose backend is an HTTP server of the test, which decides when a call is answered and when
 * it takes effect. Each call contains its process id, so the test knows which worker runs an action.
 */
import type { ProvisionerPlugin } from '../../../../src/provisioner/provisioner.js';

/** `note` is sent in each call of `provision`. */
type Config = { url: string; note?: string };
type Answer = { status: 'ready' } | { status: 'pending'; message: string; retryAfterMs: number };

const configSchema: ProvisionerPlugin<Config>['configSchema'] = {
  '~standard': {
    version: 1,
    vendor: 'remote-thing',
    validate: (value) =>
      typeof (value as Config | null)?.url === 'string'
        ? { value: value as Config }
        : { issues: [{ path: ['url'], message: 'must be the address of the backend' }] },
  },
};

const plugin: ProvisionerPlugin<Config, { key: string }> = {
  apiVersion: 1,
  name: 'remote-thing',
  configSchema,
  create: ({ url, note }) => ({
    async provision({ key, deployment, derive, signal }) {
      const answer = await call<Answer>(url, 'PUT', key, { deployment: deployment.id, note }, signal);
      if (answer.status === 'pending') return answer;
      const token = Buffer.from(derive('token')).toString('hex');
      return { status: 'ready', handle: { key }, secrets: { THING_KEY: key, THING_TOKEN: token } };
    },
    async deprovision({ key, signal }) {
      return call(url, 'DELETE', key, {}, signal);
    },
  }),
};

async function call<T>(
  url: string,
  method: string,
  key: string,
  about: object,
  signal: AbortSignal,
): Promise<T> {
  const body = JSON.stringify({ ...about, pid: process.pid });
  const answer = await fetch(`${url}/things/${key}`, { method, body, signal });
  if (!answer.ok) throw new Error(`remote-thing: ${method} ${key} answered ${answer.status}`);
  return (await answer.json()) as T;
}

export default plugin;
