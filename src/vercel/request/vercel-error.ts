/** Reads Vercel's error bodies. The texts are safe to show: one line, limited in length, without secrets. */
import { cut } from '../report.js';

export interface VercelError {
  readonly code: string | null;
  readonly message: string | null;
}

/**
 * Reads `{error:{code,message}}`. Some endpoints use `err`, some put the fields at the top (contract §2);
 * some bodies are not JSON.
 */
export function errorOf(text: string, hidden: readonly string[]): VercelError {
  const error = errorIn(text);
  return { code: oneLine(error?.['code'], 64, hidden), message: oneLine(error?.['message'], 300, hidden) };
}

/**
 * Returns the unchanged code for comparisons, because a hidden value may be a part of any text. Never show
 * it.
 */
export function rawCodeOf(text: string): string | null {
  const code = errorIn(text)?.['code'];
  return typeof code === 'string' ? code : null;
}

function errorIn(text: string): Readonly<Record<string, unknown>> | undefined {
  const body = record(parsed(text));
  return [body['error'], body['err'], body].map(record).find((one) => one['code'] ?? one['message']);
}

/** One line of text without the hidden values; null for a value that is not text. */
function oneLine(value: unknown, max: number, hidden: readonly string[]): string | null {
  if (typeof value !== 'string') return null;
  const line = hide(value, hidden)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return line === '' ? null : cut(line, max);
}

/** A longer hidden value is also hidden when only its first characters are quoted. */
const PREFIX_LENGTH = 16;

function hide(text: string, hidden: readonly string[]): string {
  const longestFirst = hidden.filter((value) => value !== '').toSorted((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return text;
  const prefixed = longestFirst.filter((value) => value.length > PREFIX_LENGTH);
  const patterns = [
    ...longestFirst.map(escaped),
    ...prefixed.map((value) => `${escaped(value.slice(0, PREFIX_LENGTH))}\\S*`),
  ];
  // One pass, so that replacements are not searched again.
  return text.replace(new RegExp(patterns.join('|'), 'g'), '[hidden]');
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** Returns undefined for a body that is not JSON, such as a proxy's page; then the status decides. */
export function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
