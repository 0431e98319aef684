import type { SourceFile } from './tree.ts';

/** What a measure found in a tree of files. */
export interface Measurement {
  readonly value: number;
  /** What counts against the bound, one line each: a place and what is there. */
  readonly offenders: readonly string[];
}

export type Measure = (files: readonly SourceFile[]) => Measurement;

/** @returns the number of offenders as the value, so the bound is how many are allowed. */
export const counted = (offenders: readonly string[]): Measurement => ({
  value: offenders.length,
  offenders: offenders.toSorted(),
});
