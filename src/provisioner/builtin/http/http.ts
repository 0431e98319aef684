/**
 * A provisioner in another process, in any language: the contract's verbs are signed HTTP requests. See
 * docs/provisioners/http.md and docs/http-provisioner.openapi.yaml.
 */
import type { Gone, Pending, ProvisionerPlugin, Ready } from '../../provisioner.js';
import { checkAnswer, deprovisionAnswer, keysAnswer, provisionAnswer } from './answer.js';
import { configSchema, type HttpConfig } from './config.js';
import { Remote } from './remote.js';
import { deprovisionCall, provisionCall } from './request.js';
import { unlessFailed, toResult } from './result.js';

const plugin: ProvisionerPlugin<HttpConfig> = {
  apiVersion: 1,
  name: 'http',
  configSchema,
  create(config) {
    const remote = new Remote(config);
    return {
      async provision(request) {
        const question = provisionCall(request, config);
        const received = await remote.ask('provision', provisionAnswer, question);
        return toResult<Ready | Pending>(received, question.secrets);
      },
      async deprovision(request) {
        const question = deprovisionCall(request, config);
        const received = await remote.ask('deprovision', deprovisionAnswer, question);
        return toResult<Gone | Pending>(received, question.secrets);
      },
      // An optional verb exists only when the server supports it.
      ...(config.check ? { check: (signal: AbortSignal) => check(remote, config, signal) } : {}),
      ...(config.list ? { list: (signal: AbortSignal) => list(remote, config, signal) } : {}),
      close: () => remote.close(),
    };
  },
};

async function check(remote: Remote, { secret }: HttpConfig, signal: AbortSignal): Promise<void> {
  const received = await remote.ask('check', checkAnswer, { body: '', signal, secrets: secret });
  if (received.kind === 'slow-down') throw new Error(`http: ${received.message}`);
  unlessFailed(received.answer, secret);
}

async function list(remote: Remote, { secret }: HttpConfig, signal: AbortSignal): Promise<readonly string[]> {
  const received = await remote.ask('keys', keysAnswer, { body: '', signal, secrets: secret });
  if (received.kind === 'slow-down') throw new Error(`http: ${received.message}`);
  return received.answer.keys;
}

export default plugin;
