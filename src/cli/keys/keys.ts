/** `drawbridge keys …` */
import type { Command } from 'commander';
import { EXIT } from '../exit.js';
import { addJson, print, type OutputOptions } from '../print/print.js';
import { table, type Column } from '../print/table.js';
import { plain } from '../print/text.js';
import type { Keys, Rotation } from './rotate.js';

/** Adds `keys list|rotate`. */
export function addKeys(program: Command): void {
  const keys = program.command('keys').description('the keys that encrypt secrets in the database');
  addJson(keys.command('list'))
    .description('list each key and the number of values encrypted with it')
    .action(async (options: OutputOptions) => {
      const { listKeys } = await import('./rotate.js');
      const found = await listKeys();
      print(found, options, formatKeys);
      if (found.keys.some(({ held }) => !held)) process.exitCode = EXIT.found;
    });
  addJson(keys.command('rotate'))
    .description('encrypt everything with the first key, so that the others can be removed')
    .action(async (options: OutputOptions) => {
      const { rotateKeys } = await import('./rotate.js');
      const done = await rotateKeys();
      print(done, options, formatRotation);
      if (done.problems.length > 0) process.exitCode = EXIT.found;
    });
}

type Key = Keys['keys'][number];

const COLUMNS: Column<Key>[] = [
  { title: 'KEY', of: ({ id }) => id },
  { title: 'HELD', of: ({ held }) => (held ? 'yes' : 'no') },
  { title: 'TOKENS', of: ({ tokens }) => `${tokens}` },
  { title: 'SEEDS', of: ({ seeds }) => `${seeds}` },
];

const formatKeys = ({ keys }: Keys): string => table(COLUMNS, keys);

function formatRotation(done: Rotation): string {
  const { current, keys, resealed, problems } = done;
  const unused = keys.filter(({ id, tokens, seeds }) => id !== current && tokens + seeds === 0);
  const lines = [
    `encrypted again with ${plain(current)}: ${resealed.tokens} token(s), ${resealed.seeds} seed(s)`,
    ...problems.map((problem) => `problem: ${plain(problem)}`),
    ...unused.map(({ id }) => `the key ${plain(id)} is no longer in use`),
  ];
  return [formatKeys(done), '', ...lines].join('\n');
}
