/**
 * Executes `settings.script` of the resource: a list of steps, one for each call; the last one is repeated.
 * The position in the list is stored only in the handle, or for steps without a handle in the number of calls
 * that the server counted.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { backend, configSchema, deprovision, rest } from '../backend.mjs';

class PermanentError extends Error {
  name = 'PermanentError';
}

const circular = {};
circular.self = circular;

const ODD = {
  nothing: undefined,
  'a text': 'ready',
  'no status': {},
  'another status': { status: 'done' },
  'ready without a handle': { status: 'ready' },
  'a handle that is no JSON': { status: 'ready', handle: circular },
  'a handle that is too big a number': { status: 'ready', handle: 10n },
  'a handle with NUL': { status: 'ready', handle: { name: 'a\0b' } },
  'a handle with half a character': {
    status: 'pending',
    handle: ['\ud800'],
    message: 'soon',
    retryAfterMs: 100,
  },
  'a secret that is a number': { status: 'ready', handle: null, secrets: { PORT: 5432 } },
  'an empty secret': { status: 'ready', handle: null, secrets: { URL: '' } },
  'a secret no environment takes': { status: 'ready', handle: null, secrets: { 'DATABASE-URL': 'x' } },
  'a message that is no text': { status: 'ready', handle: null, message: { text: 'ready' } },
  'pending without a message': { status: 'pending', retryAfterMs: 100 },
  'pending without a time': { status: 'pending', message: 'soon' },
  'pending with a time that is none': { status: 'pending', message: 'soon', retryAfterMs: Number.NaN },
};

function countOf({ dir }, key) {
  const lines = readFileSync(join(dir, 'calls.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line)).filter((call) => call.key === key && call.what === 'provision')
    .length;
}

async function play(step, { key, handle, derive, signal, log }, server) {
  const [verb, text] = step;
  const word = text?.startsWith('json:') ? JSON.parse(text.slice(5)) : text;
  const count = (handle?.count ?? 0) + 1;
  switch (verb) {
    case 'ready': {
      server.make(key);
      log('made', { key });
      const password = Buffer.from(derive('password')).toString('hex');
      return {
        status: 'ready',
        handle: { count },
        secrets: { DB_KEY: key, DB_PASSWORD: password, DB_COUNT: String(count) },
      };
    }
    case 'pending':
      return { status: 'pending', handle: { count }, message: word, retryAfterMs: 100 };
    case 'pending-late':
      return { status: 'pending', handle: { count }, message: word, retryAfterMs: 60_000 };
    case 'throw':
      throw new Error(word);
    case 'permanent':
      server.make(key); // half made
      throw new PermanentError(word);
    case 'hang':
      return rest(60_000, signal);
    case 'odd':
      return ODD[word];
    default:
      throw new Error(`scripted-db: no step ${verb}`);
  }
}

export default {
  apiVersion: 1,
  name: 'scripted-db',
  configSchema,
  create(config) {
    const server = backend(config);
    return {
      async provision(request) {
        const { key, handle, resource } = request;
        server.note(key, 'provision', { handle });
        const { script } = resource.settings;
        const step = script[Math.min(countOf(config, key), script.length) - 1];
        return play(step, request, server);
      },
      deprovision: deprovision(server),
    };
  },
};
