import { closest, distance } from 'fastest-levenshtein';

/** Returns the name in `known` that is most similar to `word`, ignoring case; null if none is similar. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (known.length === 0) return null;
  const folded = new Map(known.map((name) => [name.toLowerCase(), name]));
  const typed = word.toLowerCase();
  const hit = closest(typed, [...folded.keys()]);
  const near = distance(typed, hit) <= tolerance(hit) || letters(typed) === letters(hit);
  return near ? (folded.get(hit) ?? null) : null;
}

/** Returns ` (did you mean "scope"?)`, or an empty text if no known name is similar. */
export function didYouMean(word: string, known: readonly string[]): string {
  const hit = nearest(word, known);
  return hit === null ? '' : ` (did you mean "${hit}"?)`;
}

/**
 * Allows one changed letter in short names and two or three in longer ones, because short names resemble many
 * words.
 */
function tolerance(name: string): number {
  if (name.length <= 4) return 1;
  return name.length <= 10 ? 2 : 3;
}

/**
 * Sorts the letters, to detect swapped letters: the most frequent typing error counts as two changes
 * otherwise.
 */
function letters(word: string): string {
  return word.split('').toSorted().join('');
}
