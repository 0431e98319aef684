/** Vercel's own words on why it did not do as asked, made safe to show: one line, bounded, nothing secret. */
import { cut } from '../report.js';

export interface VercelError {
  readonly code: string | null;
  readonly message: string | null;
}

/**
 * `{error:{code,message}}`; some endpoints say `err`, some put the fields at the top (contract §2); others
 * are not JSON at all.
 */
export function errorOf(text: string, hidden: readonly string[]): VercelError {
  const error = errorIn(text);
  return { code: words(error?.['code'], 64, hidden), message: words(error?.['message'], 300, hidden) };
}

/** The code as it came, to compare with: what is hidden may be a part of any word. Never shown. */
export function rawCodeOf(text: string): string | null {
  const code = errorIn(text)?.['code'];
  return typeof code === 'string' ? code : null;
}

function errorIn(text: string): Readonly<Record<string, unknown>> | undefined {
  const body = record(parsed(text));
  return [body['error'], body['err'], body].map(record).find((one) => one['code'] ?? one['message']);
}

/** One line of Vercel's, without what must stay hidden; null for anything that is no text. */
function words(value: unknown, max: number, hidden: readonly string[]): string | null {
  if (typeof value !== 'string') return null;
  const line = hide(value, hidden)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return line === '' ? null : cut(line, max);
}

/** A long value also counts when only its beginning is quoted. */
const TELLTALE = 16;

function hide(text: string, hidden: readonly string[]): string {
  const longestFirst = hidden.filter((value) => value !== '').toSorted((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return text;
  const beginnings = longestFirst.filter((value) => value.length > TELLTALE);
  const patterns = [
    ...longestFirst.map(escaped),
    ...beginnings.map((value) => `${escaped(value.slice(0, TELLTALE))}\\S*`),
  ];
  // One pass: what was put in place of a value is not searched again.
  return text.replace(new RegExp(patterns.join('|'), 'g'), '[hidden]');
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** Undefined for what is not JSON: proxies answer with pages of their own, and the status says enough. */
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
