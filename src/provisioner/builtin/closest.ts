import { distance } from 'fastest-levenshtein';

/** ` (did you mean "template"?)` when a candidate is near enough to be what was meant, else the empty text. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const [nearest] = candidates
    .map((candidate) => ({ candidate, steps: distance(word, candidate) }))
    .toSorted((a, b) => a.steps - b.steps);
  const near = nearest !== undefined && nearest.steps <= Math.max(2, Math.floor(word.length / 3));
  return near ? ` (did you mean "${nearest.candidate}"?)` : '';
}
