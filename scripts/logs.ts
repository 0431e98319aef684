/**
 * Writes the tables of docs/logs.md from src/log: every event, and every field of a line.
 *
 *   node scripts/logs.ts           writes them
 *   node scripts/logs.ts --check   fails if they are outdated
 */
import { format, resolveConfig } from 'prettier';
import { EVENTS, type Level } from '../src/log/events.ts';
import { FIELDS } from '../src/log/fields.ts';
import { table, withRegion, writeOrCheck } from './generated-files.ts';

const PATH = 'docs/logs.md';
const LEVELS: readonly Level[] = ['error', 'warn', 'info', 'debug'];

const code = (text: string): string => `\`${text}\``;
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const events = (): string =>
  table(
    ['level', 'event', 'fields', 'meaning'],
    LEVELS.flatMap((level) =>
      Object.entries(EVENTS)
        .filter(([, event]) => event.level === level)
        .map(([name, { fields, message, meaning }]) => [
          level,
          code(name),
          fields
            .map((field) => (field.endsWith('?') ? `(${code(field.slice(0, -1))})` : code(field)))
            .join(', '),
          `${capital(message)}. ${meaning}`,
        ]),
    ),
  );

const fields = (): string =>
  table(
    ['field', 'holds'],
    Object.entries(FIELDS).map(([name, holds]) => [code(name), holds]),
  );

async function page(present: string): Promise<string> {
  const text = withRegion(withRegion(present, 'events', events()), 'fields', fields());
  return format(text, { ...(await resolveConfig(PATH)), filepath: PATH });
}

await writeOrCheck('scripts/logs.ts', [{ path: PATH, text: page }]);
