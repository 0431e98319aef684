import { expect, onTestFinished } from 'vitest';
import { EVENTS, type EventName } from '../../src/log/events.js';
import { logTo } from '../../src/log/log.js';

/** A line of the log, as whoever reads it gets it. */
export interface LogLine {
  level: string;
  time: string;
  event: EventName;
  msg: string;
  [field: string]: unknown;
}

/** Everything that this process says until the test ends. */
export function hearLog(level = 'debug'): LogLine[] {
  const heard: LogLine[] = [];
  logTo(level, { write: (text) => void heard.push(JSON.parse(text) as LogLine) });
  onTestFinished(() => logTo('warn'));
  return heard;
}

const ALWAYS = ['level', 'time', 'event', 'msg'];
/** Of Postgres, of our own routes: what must not be written down. */
const SECRETS = /postgres(ql)?:\/\/[^\s"]*:[^*\s"]+@|\/status\/[\w-]{20,}|Bearer |x-vercel-signature/i;

/** Fails unless every line is an event of the list, at its level, with all of its fields and no other. */
export function expectEvents(log: string): void {
  const lines = log.trimEnd().split('\n');
  const found = lines.flatMap((line) => troubleWith(line).map((what) => `${what}: ${line}`));
  expect(found).toEqual([]);
  expect(lines.length).toBeGreaterThan(1);
}

function troubleWith(line: string): string[] {
  if (SECRETS.test(line)) return ['it holds what must not be logged'];
  let said: LogLine;
  try {
    said = JSON.parse(line) as LogLine;
  } catch {
    return ['it is not JSON'];
  }
  const event = EVENTS[said.event] as
    { level: string; message: string; fields: readonly string[] } | undefined;
  if (event === undefined) return ['its event is not known'];
  const fields = new Set([...ALWAYS, ...event.fields.map((name) => name.replace('?', ''))]);
  const missing = event.fields.filter((name) => !name.endsWith('?') && name !== 'stack' && !(name in said));
  const unknown = Object.keys(said).filter((name) => !fields.has(name));
  return [
    ...(said.level === event.level && said.msg === event.message ? [] : ['level or words are others']),
    ...missing.map((name) => `it lacks ${name}`),
    ...unknown.map((name) => `nothing is known of its ${name}`),
  ];
}
