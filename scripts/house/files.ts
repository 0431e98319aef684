import type { Measure } from './measure.ts';
import { counted } from './measure.ts';
import type { SourceFile } from './tree.ts';

/** The number of lines that a `share` of the files of `src`, without specs, does not exceed. */
export const fileLines =
  (share: number): Measure =>
  (files) => {
    const lengths = files
      .filter(({ path, isSpec }) => path.startsWith('src/') && !isSpec)
      .map(({ lines }) => lines)
      .toSorted((a, b) => a - b);
    return { value: lengths[Math.floor(lengths.length * share)] ?? 0, offenders: [] };
  };

const MOST_FILES = 15;

/** Folders whose files are entries of one list, each with the reason. Subfolders would hide the list. */
const LISTS: Readonly<Record<string, string>> = {
  'src/database/migrations': 'one file for each migration, in order',
  'test/support': 'one file for each part that tests start, read or stop',
};

/** Counts folders with more than 15 files. Specs and files in subfolders do not count. */
export const fullFolders: Measure = (files) => {
  const sizes = Map.groupBy(
    files.filter(({ isSpec }) => !isSpec),
    ({ folder }) => folder,
  );
  return counted(
    [...sizes]
      .filter(([folder, { length }]) => length > MOST_FILES && !Object.hasOwn(LISTS, folder))
      .map(([folder, { length }]) => `${folder}: ${length} files`),
  );
};

/** The allowed parts after a dot: the file roles of Nest and its tools. */
const ROLES = new Set(
  'module controller entity filter guard pipe provider repository service constants config spec slow d'.split(
    ' ',
  ),
);

/**
 * Counts files with a dot before a part that is not a role: `action.let.go.ts` has two. `slow` must precede
 * `spec`.
 */
export const strayDots: Measure = (files) => counted(files.filter(hasStrayDot).map(({ path }) => path));

function hasStrayDot({ name }: SourceFile): boolean {
  const roles = name.split('.').slice(1, -1);
  return roles.some((role, at) => !ROLES.has(role) || (role === 'slow' && roles[at + 1] !== 'spec'));
}
