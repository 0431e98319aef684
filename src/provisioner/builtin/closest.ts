import { distance } from 'fastest-levenshtein';

/** Returns ` (did you mean "template"?)` for a candidate that resembles `word`, else the empty text. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const [nearest] = candidates
    .map((candidate) => ({ candidate, steps: distance(word, candidate) }))
    .toSorted((a, b) => a.steps - b.steps);
  const near = nearest !== undefined && nearest.steps <= Math.max(2, Math.floor(word.length / 3));
  return near ? ` (did you mean "${nearest.candidate}"?)` : '';
}
