/**
 * Writes the tables of docs/configuration.md from src/config/reference.ts, which lists every setting.
 *
 *   node scripts/configuration.ts           writes them
 *   node scripts/configuration.ts --check   fails if they are outdated
 */
import { format, resolveConfig } from 'prettier';
import { ACTION_REFERENCE, VARIABLE_REFERENCE, type ConfigReference } from '../src/config/reference.ts';
import { table, withRegion, writeOrCheck } from './generated-files.ts';

const PATH = 'docs/configuration.md';
const isOidc = (name: string): boolean => name.startsWith('OPERATOR_OIDC_');
const isOtel = (name: string): boolean => name.startsWith('OTEL_');

function rows(of: Record<string, ConfigReference>, wanted: (name: string) => boolean): string[][] {
  const named = Object.entries(of).filter(([name]) => wanted(name));
  return named.map(([name, { meaning, otherwise }]) => [`\`${name}\``, meaning, otherwise]);
}

const variables = (wanted: (name: string) => boolean): string =>
  table(['name', 'meaning', 'default'], rows(VARIABLE_REFERENCE, wanted));

async function page(present: string): Promise<string> {
  const written = [
    ['environment', variables((name) => !isOidc(name) && !isOtel(name))],
    ['identity provider', variables(isOidc)],
    ['traces', variables(isOtel)],
    [
      'actions.yaml',
      table(
        ['key', 'meaning', 'default'],
        rows(ACTION_REFERENCE, () => true),
      ),
    ],
  ] as const;
  const text = written.reduce((before, [name, lines]) => withRegion(before, name, lines), present);
  return format(text, { ...(await resolveConfig(PATH)), filepath: PATH });
}

await writeOrCheck('scripts/configuration.ts', [{ path: PATH, text: page }]);
