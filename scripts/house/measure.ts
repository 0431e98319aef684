import type { SourceFile } from './tree.ts';

/** The result of a measure for a tree of files. */
export interface Measurement {
  readonly value: number;
  /** One line for each offender: its place and a description. */
  readonly offenders: readonly string[];
}

export type Measure = (files: readonly SourceFile[]) => Measurement;

/** @returns the offenders with their number as the value, so the bound is the allowed number */
export const counted = (offenders: readonly string[]): Measurement => ({
  value: offenders.length,
  offenders: offenders.toSorted(),
});
