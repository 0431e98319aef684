/** The promises that hold for every single answer of a plugin. Each failure says which one is broken, why, and what to do. */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { HANDLE_BYTES, MAX_RETRY_MS, SECRET_BYTES } from '../limits.js';
import type { Gone, Pending, Ready } from '../provisioner.js';
import { derivedBytes, foundIn, type Forbidden, secretsOf } from './secrecy.js';

export type PromisePlace = 'handle' | 'message' | 'error' | 'log';

/** All that a plugin has said about one key. */
export interface Said {
  /** Each text with the place that it stood in. */
  readonly texts: Map<string, PromisePlace>;
  /** Label to bytes. */
  readonly derived: Map<string, Uint8Array>;
  readonly secrets: Map<string, string>;
  /** What the requests for this key said, as text. */
  known: string;
}

/** What is secret, or is not, for every key alike. */
export interface Confidence {
  /** Secrets of the configuration. */
  readonly config: readonly Forbidden[];
  /** Names of secrets that are public in spite of their names. */
  readonly publicNames: ReadonlySet<string>;
}

type Answer = Ready | Pending | Gone;

/** Vercel shows no more of a status text. */
const LONGEST_MESSAGE = 1_000;

export function checkAnswer(verb: 'provision' | 'deprovision', answer: Answer, said: Said): void {
  const allowed = verb === 'provision' ? ['ready', 'pending'] : ['gone', 'pending'];
  const status: unknown = (answer as Answer | undefined)?.status;
  assert.ok(
    allowed.includes(status as string),
    `${verb} answered status ${JSON.stringify(status)}, which the core takes for a broken plugin and fails the action; it must be ${allowed.join(' or ')}`,
  );
  if (answer.status === 'ready') checkReady(answer, said);
  if (answer.status === 'pending') checkPending(verb, answer);
  if ('handle' in answer && answer.handle !== undefined) checkHandle(answer.handle, said);
  if ('message' in answer && answer.message !== undefined) checkMessage('message', answer.message, said);
}

function checkReady(answer: Ready, said: Said): void {
  assert.ok(
    answer.handle !== undefined,
    'a ready answer has no handle; return one, null if nothing needs to be remembered',
  );
  const secrets: unknown = answer.secrets ?? {};
  assert.ok(
    typeof secrets === 'object' && secrets !== null && !Array.isArray(secrets) && !(secrets instanceof Map),
    'secrets are no plain object, so the deployment would get none of them; return names and values',
  );
  for (const [name, value] of Object.entries(secrets)) {
    checkSecret(name, value);
    said.secrets.set(name, value as string);
  }
  const bytes = Buffer.byteLength(Object.entries(secrets).flat().join(''));
  assert.ok(
    bytes <= SECRET_BYTES,
    `the secrets are ${bytes} bytes long; Vercel takes ${SECRET_BYTES} for all variables of a deployment together, so hand out an address instead of the content`,
  );
}

function checkSecret(name: string, value: unknown): void {
  assert.match(
    name,
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    `secret "${name}" cannot be the name of an environment variable; use letters, digits and _`,
  );
  assert.equal(typeof value, 'string', `secret ${name} is not a string; every value must be one`);
  assert.notEqual(value, '', `secret ${name} is empty; leave it out when there is no value`);
  assert.ok(!(value as string).includes('\0'), `secret ${name} holds a NUL byte, which no environment takes`);
}

function checkPending(verb: string, { message, retryAfterMs }: Pending): void {
  assert.equal(
    typeof message,
    'string',
    `a pending answer of ${verb} has no message; it is shown to the person who deploys`,
  );
  assert.ok(
    Number.isFinite(retryAfterMs) && retryAfterMs >= 10 && retryAfterMs <= MAX_RETRY_MS,
    `a pending answer of ${verb} has retryAfterMs ${retryAfterMs}; give the milliseconds (not seconds) until the next call is worth it, ${MAX_RETRY_MS} at most: a deployment waits three minutes`,
  );
}

function checkHandle(handle: unknown, said: Said): void {
  const text = jsonOf(handle);
  assert.ok(
    text !== null && isDeepStrictEqual(JSON.parse(text), handle),
    'the handle is not the same after JSON.stringify and JSON.parse, so the next call would get another one; keep only null, booleans, numbers, strings, arrays and plain objects in it (no Date, Map, undefined, class, nothing circular)',
  );
  assert.ok(
    Buffer.byteLength(text) <= HANDLE_BYTES,
    `the handle is ${Buffer.byteLength(text)} bytes long and ${HANDLE_BYTES} are the most; keep names and ids in it and look the rest up`,
  );
  said.texts.set(text, 'handle');
}

function jsonOf(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? null;
  } catch {
    return null; // circular, or a BigInt: the caller says so
  }
}

const some = (place: PromisePlace): string => `${place === 'error' ? 'an' : 'a'} ${place}`;

const UNSTABLE = [
  { pattern: /\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\d\d:\d\d:\d\d/, what: 'a time' },
  { pattern: /\b1\d{12}\b/, what: 'a timestamp' },
  { pattern: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i, what: 'a random id' },
];

/** For messages and for errors, which become status texts as well. */
export function checkMessage(place: 'message' | 'error', message: unknown, said: Said): void {
  assert.ok(
    typeof message === 'string',
    `${some(place)} is no text but ${typeof message}; it is shown to people`,
  );
  assert.match(
    message,
    /^[^\r\n]+$/,
    `${some(place)} is empty or has several lines: ${JSON.stringify(message.slice(0, 100))}; it is shown as one line of status text`,
  );
  assert.ok(
    message.length <= LONGEST_MESSAGE,
    `${some(place)} has ${message.length} characters, of which ${LONGEST_MESSAGE} are shown; say what is wrong in one line`,
  );
  for (const { pattern, what } of UNSTABLE) {
    assert.doesNotMatch(
      message,
      pattern,
      `the ${place} "${message}" holds ${what}; it must be the same in each try, so that a status is not reported again and again`,
    );
  }
  said.texts.set(message, place);
}

/** Handles and messages are stored and shown, logs are kept: none of them may hold what opens the thing. */
export function sayNoSecrets(said: Said, { config, publicNames }: Confidence): void {
  const forbidden = [
    ...secretsOf(Object.fromEntries(said.secrets), said.known, publicNames),
    ...[...said.derived].map(([label, bytes]) => derivedBytes(label, bytes)),
    ...config,
  ];
  for (const [text, place] of said.texts) {
    const found = foundIn(text, forbidden);
    assert.ok(
      found === null,
      `${found} stands in ${some(place)} of the plugin; handles are stored, messages and errors are shown, logs are kept. Secrets belong in ready.secrets only: derive them again in each call. If it is no secret, list its name in publicSecrets of the kit`,
    );
  }
}
