import { pino, type DestinationStream, type Logger } from 'pino';
import { sanitize, errorText } from '../errors/error-text.js';
import { outageOf } from '../errors/database-error.js';
import { EVENTS, type EventName, type Level } from './events.js';
import { traceFields } from '../tracing/log-fields.js';
import type { FieldTypes } from './fields.js';

type Listed<E extends EventName> = (typeof EVENTS)[E]['fields'][number];
type Optional<Name> = Name extends `${infer Field}?` ? Field : never;
type Required<Name> = Name extends `${string}?` ? never : Name;
type Named<Names extends keyof FieldTypes> = { [Name in Names]: FieldTypes[Name] };

/** What a line of this event must and may say beside its message. */
export type EventFields<E extends EventName> = Named<Extract<Required<Listed<E>>, keyof FieldTypes>> & {
  [Name in Extract<Optional<Listed<E>>, keyof FieldTypes>]?: FieldTypes[Name] | null | undefined;
};

/** One JSON line for each fact, on stdout. What is no event of the list cannot be said. */
const open = (level: string, destination: DestinationStream = pino.destination(1)): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Nothing while no traces are made.
      mixin: traceFields,
    },
    destination,
  );

/** The process's own; until the configuration is read, what matters is said. */
let lines = open('warn');

/** Once the configuration is read. */
export function setLogLevel(level: string): void {
  lines.level = level;
}

/** For tests, which hear what is said; without a destination lines go to stdout again. */
export function logTo(level: string, destination?: DestinationStream): void {
  lines = open(level, destination);
}

export function isLogged(level: Level): boolean {
  return lines.isLevelEnabled(level);
}

/** Says one event. Optional fields that are null or undefined are left out. */
export function logEvent<E extends EventName>(event: E, fields: EventFields<E>): void {
  const { level, message } = EVENTS[event];
  if (!lines.isLevelEnabled(level)) return;
  const line: Record<string, unknown> = { event };
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== null) line[name] = value;
  }
  lines[level](line, message);
}

/**
 * An error in two fields: its message, and its stack with those of its causes. Errors of drivers carry connections, queries and their
 * parameters along, which stay out, and so do passwords in addresses. An outage of the database has no stack: the place in the program says
 * nothing about it.
 */
export function failure(error: unknown): Pick<FieldTypes, 'error' | 'stack'> {
  const stack = error instanceof Error && outageOf(error) === null ? sanitize(stacks(error)) : undefined;
  return { error: errorText(error), stack };
}

function stacks(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined || depth > 8
    ? own
    : `${own}\ncaused by: ${stacks(error.cause, depth + 1)}`;
}
