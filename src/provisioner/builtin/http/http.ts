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
        const told = await remote.ask('provision', provisionAnswer, question);
        return toResult<Ready | Pending>(told, question.secrets);
      },
      async deprovision(request) {
        const question = deprovisionCall(request, config);
        const told = await remote.ask('deprovision', deprovisionAnswer, question);
        return toResult<Gone | Pending>(told, question.secrets);
      },
      // An optional verb exists only when the server supports it.
      ...(config.check ? { check: (signal: AbortSignal) => check(remote, config, signal) } : {}),
      ...(config.list ? { list: (signal: AbortSignal) => list(remote, config, signal) } : {}),
      close: () => remote.close(),
    };
  },
};

async function check(remote: Remote, { secret }: HttpConfig, signal: AbortSignal): Promise<void> {
  const told = await remote.ask('check', checkAnswer, { body: '', signal, secrets: secret });
  if (told.kind === 'slow-down') throw new Error(`http: ${told.message}`);
  unlessFailed(told.answer, secret);
}

async function list(remote: Remote, { secret }: HttpConfig, signal: AbortSignal): Promise<readonly string[]> {
  const told = await remote.ask('keys', keysAnswer, { body: '', signal, secrets: secret });
  if (told.kind === 'slow-down') throw new Error(`http: ${told.message}`);
  return told.answer.keys;
}

export default plugin;
