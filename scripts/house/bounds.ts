import { longLines } from './columns.ts';
import { folderCycles } from './cycles.ts';
import { fileLines, fullFolders, strayDots } from './files.ts';
import { longFunctions } from './functions.ts';
import { bannedNames, misplacedMeanings, missingPlaces } from './glossary.ts';
import type { Measurement } from './measure.ts';
import { duplicateTypes } from './names.ts';
import { bannedSentences } from './sentences.ts';
import type { SourceFile } from './tree.ts';

export interface Bound {
  readonly name: string;
  /** `root` is the repository that the files belong to. */
  readonly of: (files: readonly SourceFile[], root: string) => Measurement;
  readonly most: number;
  /** Whether `--check` fails when the bound is exceeded; otherwise the value is only reported. */
  readonly isEnforced: boolean;
  /** Set when the measure does not apply to another tree. */
  readonly isOwn?: true;
  /** How to fix a value over the bound. */
  readonly remedy: string;
}

/** All measures. A bound is enforced once the code keeps it. */
export const BOUNDS: readonly Bound[] = [
  {
    name: 'folders of src in a cycle of imports',
    of: folderCycles,
    most: 0,
    isEnforced: true,
    remedy: 'Reverse one import, or move the shared code to a lower folder.',
  },
  {
    name: 'functions of src over 40 lines',
    of: longFunctions,
    most: 2,
    isEnforced: true,
    remedy: 'Split the function.',
  },
  {
    name: 'lines of a file of src, median',
    of: fileLines(0.5),
    most: 60,
    isEnforced: true,
    remedy: 'Split the longest files.',
  },
  {
    name: 'lines of a file of src, 90th percentile',
    of: fileLines(0.9),
    most: 140,
    isEnforced: true,
    remedy: 'Split the longest files.',
  },
  {
    name: 'folders with more than 15 files',
    of: fullFolders,
    most: 0,
    isEnforced: true,
    remedy:
      'Add subfolders, or list the folder in scripts/house/files.ts if its files are entries of one list.',
  },
  {
    name: 'exported type names that two files declare',
    of: duplicateTypes,
    most: 0,
    isEnforced: true,
    remedy: 'Add the owner of the type to its name.',
  },
  {
    name: 'files with a dot that precedes no role',
    of: strayDots,
    most: 0,
    isEnforced: true,
    remedy: 'Separate words by hyphens: action-claims.repository.ts.',
  },
  {
    name: 'lines over 110 columns',
    of: longLines,
    most: 0,
    isEnforced: true,
    remedy: 'Wrap comments by hand; prettier wraps code.',
  },
  {
    name: 'exported names with a banned word',
    of: bannedNames,
    most: 0,
    isEnforced: true,
    remedy: 'docs/glossary.md has the word to use instead.',
  },
  {
    name: 'banned words in sentences',
    of: bannedSentences,
    most: 0,
    isEnforced: true,
    remedy: 'docs/glossary.md has the word to use instead. Put a name in backticks.',
  },
  {
    name: 'exported names with a word of another meaning',
    of: misplacedMeanings,
    most: 0,
    isEnforced: true,
    remedy: 'docs/glossary.md, "One word, one meaning", has the word to use instead.',
  },
  {
    name: 'places in the glossary that do not exist',
    of: missingPlaces,
    isOwn: true,
    most: 0,
    isEnforced: true,
    remedy: 'Correct the third column of docs/glossary.md.',
  },
];
