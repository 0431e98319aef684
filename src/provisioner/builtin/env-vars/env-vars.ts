/**
 * Environment variables from templates over the deployment, the resource's settings and the environment. It
 * makes nothing in a backend. See docs/provisioners/env-vars.md.
 */
import { PermanentError, type ProvisionerPlugin } from '../../provisioner.js';
import { fill, type TemplateLookup, valuesOf } from '../template.js';
import { configSchema, type EnvVarsConfig } from './config.js';
import { SECRET_BYTES } from '../../limits.js';
import { LIMIT_TEXT, sizeOf } from './size.js';

const plugin: ProvisionerPlugin<EnvVarsConfig, null> = {
  apiVersion: 1,
  name: 'env-vars',
  configSchema,
  templates: true,
  create: (config) => ({
    async provision(request) {
      request.signal.throwIfAborted();
      return { status: 'ready', handle: null, secrets: variables(config, valuesOf(request)) };
    },
    async deprovision({ signal }) {
      signal.throwIfAborted();
      return { status: 'gone' };
    },
  }),
};

function variables({ vars, prefix = '' }: EnvVarsConfig, lookUp: TemplateLookup): Record<string, string> {
  const results = Object.entries(vars).map(([name, template]) => ({
    name: prefix + name,
    ...valueOf(template, lookUp),
  }));
  const problems = results.flatMap(({ name, problem }) => (problem === null ? [] : [`${name}: ${problem}`]));
  if (problems.length > 0) throw new PermanentError(`env-vars: ${problems.join('; ')}`);
  const filled = Object.fromEntries(results.map(({ name, value }) => [name, value]));
  const size = sizeOf(filled);
  if (size > SECRET_BYTES)
    throw new PermanentError(`env-vars: names and values have ${size} bytes; ${LIMIT_TEXT}`);
  return filled;
}

function valueOf(template: string, lookUp: TemplateLookup): { value: string; problem: string | null } {
  try {
    const value = fill(template, lookUp);
    return { value, problem: problemOfValue(value) };
  } catch (error) {
    return { value: '', problem: (error as Error).message };
  }
}

function problemOfValue(value: string): string | null {
  if (value === '') return 'the value is empty, which Vercel does not accept';
  if (value.includes('\0')) return 'the value contains a NUL byte, which no environment variable can hold';
  return null;
}

export default plugin;
