/** The promises that hold for every single answer of a plugin. Each failure says which one is broken, why, and what to do. */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Gone, Pending, Ready } from '../provisioner.js';

/** All that a plugin has said about one key. */
export interface Said {
  readonly key: string;
  readonly texts: string[];
  readonly derived: Uint8Array[];
  secrets: Readonly<Record<string, string>>;
}

type Answer = Ready | Pending | Gone;

export function checkAnswer(verb: 'provision' | 'deprovision', answer: Answer, said: Said): void {
  const allowed = verb === 'provision' ? ['ready', 'pending'] : ['gone', 'pending'];
  const status: unknown = (answer as Answer | undefined)?.status;
  assert.ok(
    allowed.includes(status as string),
    `${verb} answered status ${JSON.stringify(status)}; it must be ${allowed.join(' or ')}`,
  );
  if (answer.status === 'ready') checkReady(answer, said);
  if (answer.status === 'pending') checkPending(verb, answer);
  if ('handle' in answer && answer.handle !== undefined) checkHandle(answer.handle, said);
  if ('message' in answer && answer.message !== undefined) checkMessage(answer.message, said);
  sayNoSecrets(said);
}

function checkReady(answer: Ready, said: Said): void {
  assert.ok(
    answer.handle !== undefined,
    'a ready answer has no handle; return one, null if nothing needs to be remembered',
  );
  const secrets = answer.secrets ?? {};
  for (const [name, value] of Object.entries(secrets)) {
    assert.match(
      name,
      /^[A-Za-z_][A-Za-z0-9_]*$/,
      `secret "${name}" cannot be the name of an environment variable; use letters, digits and _`,
    );
    assert.equal(typeof value, 'string', `secret ${name} is not a string; every value must be one`);
    assert.notEqual(value, '', `secret ${name} is empty; leave it out when there is no value`);
  }
  said.secrets = secrets;
}

function checkPending(verb: string, answer: Pending): void {
  assert.equal(
    typeof answer.message,
    'string',
    `a pending answer of ${verb} has no message; it is shown to the person who deploys`,
  );
  assert.ok(
    Number.isFinite(answer.retryAfterMs) && answer.retryAfterMs > 0,
    `a pending answer of ${verb} has retryAfterMs ${answer.retryAfterMs}; give milliseconds`,
  );
}

function checkHandle(handle: unknown, said: Said): void {
  const text = JSON.stringify(handle);
  assert.ok(
    text !== undefined && isDeepStrictEqual(JSON.parse(text), handle),
    'the handle is not the same after JSON.stringify and JSON.parse; keep only null, booleans, numbers, strings, arrays and plain objects in it (no Date, Map, undefined, class)',
  );
  said.texts.push(text);
}

const UNSTABLE = [
  { pattern: /\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\d\d:\d\d:\d\d/, what: 'a time' },
  { pattern: /\b1\d{12}\b/, what: 'a timestamp' },
  { pattern: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i, what: 'a random id' },
];

function checkMessage(message: string, said: Said): void {
  assert.match(
    message,
    /^[^\r\n]+$/,
    'a message is empty or has several lines; it is shown as one line of status text',
  );
  for (const { pattern, what } of UNSTABLE) {
    assert.doesNotMatch(
      message,
      pattern,
      `the message "${message}" holds ${what}; messages must be the same in each try, so that a status is not reported again and again`,
    );
  }
  said.texts.push(message);
}

/** Handles and messages are stored and shown, logs are kept: none of them may hold what opens the thing. */
export function sayNoSecrets(said: Said): void {
  const forbidden = [
    ...Object.entries(said.secrets)
      .filter(isSecret)
      .map(([, value]) => value),
    ...said.derived.flatMap(encodings),
  ];
  for (const text of said.texts) {
    assert.ok(
      !forbidden.some((value) => value !== said.key && text.includes(value)),
      'a secret (or bytes of derive) stands in a handle, message, error or log of the plugin; secrets belong in ready.secrets only, derive them again in each call',
    );
  }
}

function isSecret([name, value]: [string, string]): boolean {
  return value.length >= 8 && (/PASS|TOKEN|SECRET/i.test(name) || /^[a-z+]+:\/\/[^/@]*:[^/@]+@/i.test(value));
}

function encodings(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes);
  return [buffer.toString('hex'), buffer.toString('base64url'), buffer.toString('base64').replace(/=+$/, '')];
}
