/**
 * Reads a plugin's answer once into plain values: a getter that throws or changes its value, a circular
 * handle or a proxy breaks the plugin's contract and does not harm the worker.
 */
import { sanitize } from '../../errors/error-text.js';
import { HANDLE_BYTES, MAX_RETRY_MS, SECRET_BYTES } from '../../provisioner/limits.js';
import type { Gone, Json, Pending, Ready } from '../../provisioner/provisioner.js';

const LEAST_RETRY_MS = 100;
/** PostgreSQL's parser uses one level of its stack for each level. */
const MOST_HANDLE_DEPTH = 100;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Reads the answer of `provision`. Returns it, or a text that names the broken rule of the contract. */
export function checkProvisioned(answer: unknown): Ready | Pending | string {
  return reading('provision', () => {
    const status = statusOf(answer);
    if (status === 'ready') return readReady(answer as Ready);
    if (status === 'pending') return readPending('provision', answer as Pending);
    return `provision answered status ${shown(status)}, not "ready" or "pending"`;
  });
}

/** Reads the answer of `deprovision`. Returns it, or a text that names the broken rule of the contract. */
export function checkDeprovisioned(answer: unknown): Gone | Pending | string {
  return reading('deprovision', () => {
    const status = statusOf(answer);
    if (status === 'gone') return { status };
    if (status === 'pending') return readPending('deprovision', answer as Pending);
    return `deprovision answered status ${shown(status)}, not "gone" or "pending"`;
  });
}

/** `read` runs getters and traps of the plugin; nothing else in it throws. */
function reading<T>(verb: string, read: () => T | string): T | string {
  try {
    return read();
  } catch {
    return `${verb} answered something that cannot be read`;
  }
}

const statusOf = (answer: unknown): unknown => ((answer ?? {}) as { status?: unknown }).status;

const shown = (value: unknown): string =>
  typeof value === 'string'
    ? JSON.stringify(value.slice(0, 40))
    : value === undefined
      ? 'undefined'
      : typeof value;

function readReady(ready: Ready): Ready | string {
  const { handle, secrets, message } = ready;
  const kept = readHandle(handle);
  if (typeof kept === 'string') return `provision answered ready with ${kept}`;
  const read = readSecrets(secrets);
  if (typeof read === 'string') return read;
  if (message !== undefined && typeof message !== 'string')
    return 'provision answered ready with a message that is not a string';
  return {
    status: 'ready',
    handle: kept.value,
    ...(read === null ? {} : { secrets: read }),
    ...(message === undefined ? {} : { message: sanitize(message, Object.values(read ?? {})) }),
  };
}

function readPending(verb: string, pending: Pending): Pending | string {
  const { handle, message, retryAfterMs } = pending;
  if (typeof message !== 'string') return `${verb} answered pending without a message`;
  if (!Number.isFinite(retryAfterMs)) return `${verb} answered pending without retryAfterMs`;
  const answer: Pending = {
    status: 'pending',
    message: sanitize(message),
    retryAfterMs: Math.min(MAX_RETRY_MS, Math.max(LEAST_RETRY_MS, retryAfterMs)),
  };
  if (handle === undefined) return answer;
  const kept = readHandle(handle);
  return typeof kept === 'string'
    ? `${verb} answered pending with ${kept}`
    : { ...answer, handle: kept.value };
}

/** NUL and halves of surrogate pairs, as JSON writes them: PostgreSQL's jsonb rejects both. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

function readHandle(handle: unknown): { value: Json } | string {
  const text = jsonOf(handle);
  if (text === null || UNSTORABLE.test(text)) return 'a handle that is not JSON';
  const bytes = Buffer.byteLength(text);
  if (bytes > HANDLE_BYTES) return `a handle of ${bytes} bytes; the limit is ${HANDLE_BYTES}`;
  const value = JSON.parse(text) as Json;
  if (depthOf(value) > MOST_HANDLE_DEPTH)
    return `a handle that is nested more than ${MOST_HANDLE_DEPTH} levels deep`;
  return { value };
}

function jsonOf(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? null;
  } catch {
    return null; // circular, or a BigInt
  }
}

/** Stops counting above the limit: a parsed handle may be deeper than the stack. */
function depthOf(value: Json, left = MOST_HANDLE_DEPTH + 1): number {
  if (left === 0 || typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map((inner) => depthOf(inner, left - 1)));
}

function readSecrets(secrets: unknown): Record<string, string> | null | string {
  if (secrets === undefined || secrets === null) return null;
  if (Object.prototype.toString.call(secrets) !== '[object Object]')
    return 'provision answered secrets that are not an object of names and values';
  const entries = Object.entries(secrets as Record<string, unknown>);
  const wrong = entries.map(([name, value]) => secretProblem(name, value)).find((text) => text !== null);
  if (wrong !== undefined) return wrong;
  const bytes = entries.reduce((sum, [name, value]) => sum + Buffer.byteLength(name + (value as string)), 0);
  if (bytes > SECRET_BYTES)
    return `provision answered secrets of ${bytes} bytes; Vercel accepts ${SECRET_BYTES} for all variables of a deployment together`;
  return Object.fromEntries(entries) as Record<string, string>;
}

function secretProblem(name: string, value: unknown): string | null {
  if (!ENV_NAME.test(name))
    return `provision answered a secret named ${shown(name)}, which is not a valid name of an environment variable`;
  if (typeof value !== 'string') return `provision answered a secret ${name} that is not a string`;
  if (value === '') return `provision answered an empty secret ${name}`;
  return value.includes('\0')
    ? `provision answered a secret ${name} with a NUL byte, which is not allowed in an environment variable`
    : null;
}
