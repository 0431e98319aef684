/**
 * A provisioner that lives in another process, in any language: the contract's verbs as signed HTTP requests. See
 * docs/provisioners/http.md and docs/http-provisioner.openapi.yaml.
 */
import type { Gone, Pending, ProvisionerPlugin, Ready } from '../../provisioner.js';
import { checkAnswer, deprovisionAnswer, keysAnswer, provisionAnswer } from './answer.js';
import { configSchema, type HttpConfig } from './config.js';
import { Remote } from './remote.js';
import { deprovisionQuestion, provisionQuestion } from './request.js';
import { orThrow, settle } from './settle.js';

const plugin: ProvisionerPlugin<HttpConfig> = {
  apiVersion: 1,
  name: 'http',
  configSchema,
  create(config) {
    const remote = new Remote(config);
    return {
      async provision(request) {
        const question = provisionQuestion(request, config);
        const told = await remote.ask('provision', provisionAnswer, question);
        return settle<Ready | Pending>(told, question.secrets);
      },
      async deprovision(request) {
        const question = deprovisionQuestion(request, config);
        const told = await remote.ask('deprovision', deprovisionAnswer, question);
        return settle<Gone | Pending>(told, question.secrets);
      },
      // A verb that the server does not have is not there.
      ...(config.check ? { check: (signal: AbortSignal) => check(remote, config, signal) } : {}),
      ...(config.list ? { list: (signal: AbortSignal) => list(remote, config, signal) } : {}),
      close: () => remote.close(),
    };
  },
};

async function check(remote: Remote, { secret }: HttpConfig, signal: AbortSignal): Promise<void> {
  const told = await remote.ask('check', checkAnswer, { body: '', signal, secrets: secret });
  if (told.kind === 'slow-down') throw new Error(`http: ${told.message}`);
  orThrow(told.answer, secret);
}

async function list(remote: Remote, { secret }: HttpConfig, signal: AbortSignal): Promise<readonly string[]> {
  const told = await remote.ask('keys', keysAnswer, { body: '', signal, secrets: secret });
  if (told.kind === 'slow-down') throw new Error(`http: ${told.message}`);
  return told.answer.keys;
}

export default plugin;
