import { expect, onTestFinished } from 'vitest';
import { EVENTS, type EventName } from '../../src/log/events.js';
import { logTo } from '../../src/log/log.js';

/** A line of the log as it is written. */
export interface LogLine {
  level: string;
  time: string;
  event: EventName;
  msg: string;
  [field: string]: unknown;
}

/** Collects the log of this process until the test ends. */
export function hearLog(level = 'debug'): LogLine[] {
  const heard: LogLine[] = [];
  logTo(level, { write: (text) => void heard.push(JSON.parse(text) as LogLine) });
  onTestFinished(() => logTo('warn'));
  return heard;
}

const ALWAYS = ['level', 'time', 'event', 'msg'];
/** Connection strings and our own routes with secrets, which must not be logged. */
const SECRETS = /postgres(ql)?:\/\/[^\s"]*:[^*\s"]+@|\/status\/[\w-]{20,}|Bearer |x-vercel-signature/i;

/** Fails unless every line is an event of the list, with its level and exactly its fields. */
export function expectEvents(log: string): void {
  const lines = log.trimEnd().split('\n');
  const found = lines.flatMap((line) => faultsOf(line).map((what) => `${what}: ${line}`));
  expect(found).toEqual([]);
  expect(lines.length).toBeGreaterThan(1);
}

function faultsOf(line: string): string[] {
  if (SECRETS.test(line)) return ['contains a secret'];
  let entry: LogLine;
  try {
    entry = JSON.parse(line) as LogLine;
  } catch {
    return ['is not JSON'];
  }
  const event = EVENTS[entry.event] as
    { level: string; message: string; fields: readonly string[] } | undefined;
  if (event === undefined) return ['is not an event of the list'];
  const fields = new Set([...ALWAYS, ...event.fields.map((name) => name.replace('?', ''))]);
  const missing = event.fields.filter((name) => !name.endsWith('?') && name !== 'stack' && !(name in entry));
  const unknown = Object.keys(entry).filter((name) => !fields.has(name));
  return [
    ...(entry.level === event.level && entry.msg === event.message ? [] : ['has another level or message']),
    ...missing.map((name) => `lacks ${name}`),
    ...unknown.map((name) => `has the undocumented field ${name}`),
  ];
}
