/** Checks exported names and places against docs/glossary.md. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { counted, type Measurement } from './measure.ts';
import { type ExportedName, exportedNames } from './names.ts';
import type { SourceFile } from './tree.ts';

const PAGE = readFileSync(new URL('../../docs/glossary.md', import.meta.url), 'utf8');

/** Counts exported names that contain a word of "Words we do not use". */
export const bannedNames = (files: readonly SourceFile[]): Measurement => {
  const words = bannedWords(0);
  return counted(
    files
      .flatMap(exportedNames)
      .flatMap((found) => words.filter((word) => contains(found.name, word)).map(offence(found))),
  );
};

/** The words and phrases that no sentence contains. */
export const bannedInSentences = (): string[] => bannedWords(1);

/** The words in a column of "Words we do not use". */
const bannedWords = (column: 0 | 1): string[] =>
  rowsOf('Words we do not use').flatMap((cells) => quoted(cells[column] ?? ''));

/** Counts exported names that use a word of "One word, one meaning" outside its places. */
export const misplacedMeanings = (files: readonly SourceFile[]): Measurement => {
  const exported = files.flatMap(exportedNames);
  return counted(
    rowsOf('One word, one meaning').flatMap(([word = '', places = '']) =>
      exported
        .filter(
          ({ name, path }) => contains(name, word) && !quoted(places).some((place) => path.startsWith(place)),
        )
        .map((found) => offence(found)(word)),
    ),
  );
};

const offence =
  ({ path, name }: ExportedName) =>
  (word: string): string =>
    `${path}: ${name} ("${word}")`;

/** Counts files, folders and columns that the glossary mentions and the tree in `root` lacks. */
export const missingPlaces = (_: readonly SourceFile[], root: string): Measurement => {
  const places = [...PAGE.matchAll(/^\|.*\|$/gm)].flatMap(([row]) => quoted(row.split('|').at(-2) ?? ''));
  const words = rowsOf('One word, one meaning').flatMap(([, found = '']) => quoted(found));
  return counted([...places, ...words].filter((place) => !exists(place, root)));
};

function exists(place: string, root: string): boolean {
  const [, table, column] = /^([a-z_]+)\.([a-z_]+)$/.exec(place) ?? [];
  if (table === undefined || column === undefined) return existsSync(join(root, place));
  const entities = globSync('src/**/*.entity.ts', { cwd: root }).map((file) =>
    readFileSync(join(root, file), 'utf8'),
  );
  const entity = entities.find((text) => text.includes(`@Entity('${table}')`));
  return entity !== undefined && new RegExp(`name: '${column}'|\\b${column}!:`).test(entity);
}

/** The cells of the table under a heading, without the table's head. */
function rowsOf(heading: string): string[][] {
  const section = PAGE.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/glossary.md has no heading "${heading}"`);
  const rows = [...section.matchAll(/^\|(.*)\|$/gm)].map(([, row = '']) =>
    row.split('|').map((cell) => cell.trim()),
  );
  return rows.slice(2);
}

const quoted = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

/**
 * Whether the words of a name (`takeAway` or `TAKE_AWAY`) contain the words of `phrase` consecutively, in
 * singular or plural.
 */
function contains(name: string, phrase: string): boolean {
  const words = name
    .split(/[_$]|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/)
    .map((word) => word.toLowerCase());
  const wanted = phrase.split(' ');
  return words.some((_, at) =>
    wanted.every((word, n) => words[at + n] === word || words[at + n] === `${word}s`),
  );
}
