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

/** The required and the optional fields of an event. */
export type EventFields<E extends EventName> = Named<Extract<Required<Listed<E>>, keyof FieldTypes>> & {
  [Name in Extract<Optional<Listed<E>>, keyof FieldTypes>]?: FieldTypes[Name] | null | undefined;
};

/** Opens a logger that writes one JSON line for each event. */
const open = (level: string, destination: DestinationStream = pino.destination(1)): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Adds no fields while tracing is off.
      mixin: traceFields,
    },
    destination,
  );

/** The logger of the process. Logs warnings and errors until the configuration sets the level. */
let lines = open('warn');

/** Sets the level of the process's logger. Called once the configuration has been read. */
export function setLogLevel(level: string): void {
  lines.level = level;
}

/** Redirects the log, for tests. Without a destination, lines go to stdout again. */
export function logTo(level: string, destination?: DestinationStream): void {
  lines = open(level, destination);
}

export function isLogged(level: Level): boolean {
  return lines.isLevelEnabled(level);
}

/** Logs one event. Omits optional fields that are null or undefined. */
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
 * Returns an error as two fields: its message, and its stack with those of its causes. Leaves out what
 * drivers attach to errors (connections, queries and their parameters) and passwords in addresses. An outage
 * of the database gets no stack because the place in the program is irrelevant.
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
