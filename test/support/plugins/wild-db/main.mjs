/**
 * Breaks its contract by the resource's `settings`: `provision` names the behaviour of the first verb,
 * `deprovision` that of the second in each of its calls; the last one is repeated. The thing exists from the
 * first call on.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { backend, configSchema, rest } from '../backend.mjs';

class PermanentError extends Error {
  name = 'PermanentError';
}

const trap = () => {
  throw new Error('trap');
};
const circular = {};
circular.self = circular;

/* oxlint-disable typescript/prefer-promise-reject-errors, unicorn/no-thenable -- a plugin can do all of it */
const WAYS = {
  'throws synchronously': () => {
    throw new Error('no server');
  },
  'throws null': () => Promise.reject(null),
  'throws a proxy': () => Promise.reject(new Proxy({}, { get: trap, getPrototypeOf: trap })),
  'throws what has no readable message': () =>
    Promise.reject(Object.defineProperty(new Error('x'), 'message', { get: trap })),
  'throws a megabyte': () => Promise.reject(new Error('x'.repeat(1e6))),
  'throws for good': () => Promise.reject(new PermanentError('wild-db: no')),
  'never settles': () => new Promise(() => undefined),
  'never answers': ({ signal }) => rest(60_000, signal),
  'answers a thenable': () => ({ then: () => undefined }),
  'answers a wrong shape': async () => ({ status: 'done' }),
  'answers nothing': () => undefined,
  'answers getters that throw': async () => Object.defineProperty({}, 'status', { get: trap }),
  'answers a circular handle': async () => ({ status: 'ready', handle: circular }),
  'answers a handle of a megabyte': async () => ({ status: 'ready', handle: 'x'.repeat(1e6) }),
  'answers a secret of a megabyte': async () => ({
    status: 'ready',
    handle: null,
    secrets: { BIG: 'x'.repeat(1024 * 1024) },
  }),
  'logs what cannot be logged': async ({ log }) => {
    log(Symbol('message'), { circular, big: 10n, at: new Date(0) });
    return { status: 'ready', handle: null };
  },
  'changes its request': async ({ resource, handle }) => {
    resource.settings.provision = 'answers a wrong shape';
    return { status: 'ready', handle };
  },
  'is ready': () => ({ status: 'ready', handle: null }),
};

function callsOf({ dir }, key) {
  const lines = readFileSync(join(dir, 'calls.jsonl'), 'utf8').trim().split('\n');
  return lines
    .map((line) => JSON.parse(line))
    .filter((call) => call.key === key && call.what === 'deprovision').length;
}

export default {
  apiVersion: 1,
  name: 'wild-db',
  configSchema,
  create(config) {
    const server = backend(config);
    return {
      provision(request) {
        server.note(request.key, 'provision');
        server.make(request.key);
        return WAYS[request.resource.settings.provision](request);
      },
      deprovision(request) {
        server.note(request.key, 'deprovision', { there: server.has(request.key) });
        const ways = request.resource.settings.deprovision ?? ['gone'];
        const way = ways[Math.min(callsOf(config, request.key), ways.length) - 1];
        if (way !== 'gone') return WAYS[way](request);
        server.take(request.key);
        return { status: 'gone' };
      },
      // Neither call ends at shutdown.
      check: () => new Promise(() => undefined),
      close: () => new Promise(() => undefined),
    };
  },
};
