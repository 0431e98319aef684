import type { Measure } from './measure.ts';
import { counted } from './measure.ts';
import type { SourceFile } from './tree.ts';

/** Lines of a file of `src`, specs excluded, that `share` of the files do not exceed. */
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

/** Folders whose files are entries of one list, each with its reason. A room in them would hide the list. */
const LISTS: Readonly<Record<string, string>> = {
  'src/cli/doctor': 'one file for each group of checks that `doctor` makes',
  'test/support': 'one file for each part that tests start, read or stop',
};

/** Counts folders with more than 15 files in them; specs do not count, nor the files of folders below. */
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

/** What may follow a dot: the roles of a Nest project, and of its tools. */
const ROLES = new Set(
  'module controller entity filter guard pipe provider repository service constants config spec slow d'.split(
    ' ',
  ),
);

/** Counts files with a dot before something that is no role: `action.let.go.ts` has two. `slow` stands before `spec` alone. */
export const strayDots: Measure = (files) => counted(files.filter(hasStrayDot).map(({ path }) => path));

function hasStrayDot({ name }: SourceFile): boolean {
  const roles = name.split('.').slice(1, -1);
  return roles.some((role, at) => !ROLES.has(role) || (role === 'slow' && roles[at + 1] !== 'spec'));
}
