/**
 * Checks of every single answer of a plugin. Each failure says which rule is broken, why it matters and what
 * to do.
 */
import { HANDLE_BYTES, MAX_RETRY_MS, SECRET_BYTES } from '../limits.js';
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Gone, Pending, Ready } from '../provisioner.js';
import { derivedBytes, foundIn, type SecretForms, secretsOf } from './secret-search.js';

export type OutputPlace = 'handle' | 'message' | 'error' | 'log';

/** Everything that a plugin has returned, thrown or logged in the calls for one key. */
export interface PluginOutput {
  /** Each text, with the place where it was found. */
  readonly texts: Map<string, OutputPlace>;
  /** The bytes that `derive` returned, by label. */
  readonly derived: Map<string, Uint8Array>;
  /** The values of `ready.secrets`, by name. */
  readonly secrets: Map<string, string>;
  /** The data of the requests for this key, as text. */
  requestText: string;
}

/** Which values are secret, or public, for all keys. */
export interface SecrecyRules {
  /** Secrets of the configuration. */
  readonly config: readonly SecretForms[];
  /** Names of secrets that are public in spite of their names. */
  readonly publicNames: ReadonlySet<string>;
}

type Answer = Ready | Pending | Gone;

/** Vercel shows at most this many characters of a status text. */
const MAX_MESSAGE_LENGTH = 1_000;

export function checkAnswer(verb: 'provision' | 'deprovision', answer: Answer, output: PluginOutput): void {
  const allowed = verb === 'provision' ? ['ready', 'pending'] : ['gone', 'pending'];
  const status: unknown = (answer as Answer | undefined)?.status;
  assert.ok(
    allowed.includes(status as string),
    `${verb} answered status ${JSON.stringify(status)}, so Drawbridge would fail the action as ` +
      `one of a broken plugin. The status must be ${allowed.join(' or ')}`,
  );
  if (answer.status === 'ready') checkReady(answer, output);
  if (answer.status === 'pending') checkPending(verb, answer);
  if ('handle' in answer && answer.handle !== undefined) checkHandle(answer.handle, output);
  if ('message' in answer && answer.message !== undefined) checkMessage('message', answer.message, output);
}

function checkReady(answer: Ready, output: PluginOutput): void {
  assert.ok(
    answer.handle !== undefined,
    'a ready answer has no handle. Return one, or null when the plugin needs no state',
  );
  const secrets: unknown = answer.secrets ?? {};
  assert.ok(
    typeof secrets === 'object' && secrets !== null && !Array.isArray(secrets) && !(secrets instanceof Map),
    'secrets is not a plain object, so the deployment would get none of them. Return names with their values',
  );
  for (const [name, value] of Object.entries(secrets)) {
    checkSecret(name, value);
    output.secrets.set(name, value as string);
  }
  const bytes = Buffer.byteLength(Object.entries(secrets).flat().join(''));
  assert.ok(
    bytes <= SECRET_BYTES,
    `the secrets are ${bytes} bytes long; Vercel accepts ${SECRET_BYTES} for all variables of a ` +
      'deployment together. Return an address instead of the content',
  );
}

function checkSecret(name: string, value: unknown): void {
  assert.match(
    name,
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    `secret "${name}" cannot be the name of an environment variable; use letters, digits and _`,
  );
  assert.equal(typeof value, 'string', `secret ${name} is not a string; every value must be one`);
  assert.notEqual(value, '', `secret ${name} is empty. Leave it out when it has no value`);
  assert.ok(
    !(value as string).includes('\0'),
    `secret ${name} contains a NUL byte, which no environment variable can hold`,
  );
}

function checkPending(verb: string, { message, retryAfterMs }: Pending): void {
  assert.equal(
    typeof message,
    'string',
    `a pending answer of ${verb} has no message. The person who deploys reads it: say what the ` +
      'plugin waits for',
  );
  assert.ok(
    Number.isFinite(retryAfterMs) && retryAfterMs >= 10 && retryAfterMs <= MAX_RETRY_MS,
    `a pending answer of ${verb} has retryAfterMs ${retryAfterMs}. Return the milliseconds (not ` +
      `seconds) until the next call, at most ${MAX_RETRY_MS}: a deployment waits three minutes`,
  );
}

function checkHandle(handle: unknown, output: PluginOutput): void {
  const text = jsonOf(handle);
  assert.ok(
    text !== null && isDeepStrictEqual(JSON.parse(text), handle),
    'the handle changes in JSON.stringify and JSON.parse, so the next call would get another ' +
      'handle. Use only null, booleans, numbers, strings, arrays and plain objects in it (no ' +
      'Date, Map, undefined, class instance or circular reference)',
  );
  assert.ok(
    Buffer.byteLength(text) <= HANDLE_BYTES,
    `the handle is ${Buffer.byteLength(text)} bytes long; at most ${HANDLE_BYTES} are allowed. ` +
      'Keep names and ids in it, and look everything else up',
  );
  output.texts.set(text, 'handle');
}

function jsonOf(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? null;
  } catch {
    return null; // A circular reference or a BigInt: the caller reports it.
  }
}

const placeWithArticle = (place: OutputPlace): string => `${place === 'error' ? 'an' : 'a'} ${place}`;

const UNSTABLE = [
  { pattern: /\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\d\d:\d\d:\d\d/, what: 'a time' },
  { pattern: /\b1\d{12}\b/, what: 'a timestamp' },
  { pattern: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i, what: 'a random id' },
];

/** Checks a message, or the message of an error: both become status texts. */
export function checkMessage(place: 'message' | 'error', message: unknown, output: PluginOutput): void {
  assert.ok(
    typeof message === 'string',
    `${placeWithArticle(place)} is not a text but ${typeof message}. People read it`,
  );
  assert.match(
    message,
    /^[^\r\n]+$/,
    `${placeWithArticle(place)} is empty or has several lines: ` +
      `${JSON.stringify(message.slice(0, 100))}. It becomes one line of status text`,
  );
  assert.ok(
    message.length <= MAX_MESSAGE_LENGTH,
    `${placeWithArticle(place)} has ${message.length} characters; Vercel shows ` +
      `${MAX_MESSAGE_LENGTH}. Say in one line what is wrong`,
  );
  for (const { pattern, what } of UNSTABLE) {
    assert.doesNotMatch(
      message,
      pattern,
      `the ${place} "${message}" contains ${what}. Drawbridge reports each changed text to ` +
        'Vercel: leave it out of the text',
    );
  }
  output.texts.set(message, place);
}

/** Fails when a handle, message, error or log of the plugin contains a secret. */
export function checkNoSecrets(output: PluginOutput, { config, publicNames }: SecrecyRules): void {
  const forbidden = [
    ...secretsOf(Object.fromEntries(output.secrets), output.requestText, publicNames),
    ...[...output.derived].map(([label, bytes]) => derivedBytes(label, bytes)),
    ...config,
  ];
  for (const [text, place] of output.texts) {
    const found = foundIn(text, forbidden);
    assert.ok(
      found === null,
      `${found} was found in ${placeWithArticle(place)} of the plugin. Drawbridge stores ` +
        'handles, shows messages and errors, and keeps logs. Return secrets in ready.secrets ' +
        'only, and derive them again in each call. If the value is not secret, add its name to ' +
        `the kit's option publicSecrets`,
    );
  }
}
