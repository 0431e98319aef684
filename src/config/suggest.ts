import { closest, distance } from 'fastest-levenshtein';

/** The name among `known` that `word` most likely was meant to be; null when none is near. Upper and lower case are one. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (known.length === 0) return null;
  const folded = new Map(known.map((name) => [name.toLowerCase(), name]));
  const typed = word.toLowerCase();
  const hit = closest(typed, [...folded.keys()]);
  const near = distance(typed, hit) <= tolerance(hit) || letters(typed) === letters(hit);
  return near ? (folded.get(hit) ?? null) : null;
}

/** ` (did you mean "scope"?)`, or nothing when no known name is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const hit = nearest(word, known);
  return hit === null ? '' : ` (did you mean "${hit}"?)`;
}

/** Short names are near to too much of everything: they may differ by one letter, longer ones by two or three. */
function tolerance(name: string): number {
  if (name.length <= 4) return 1;
  return name.length <= 10 ? 2 : 3;
}

/** Two letters that changed places count as two changes, and are the likeliest slip of all. */
function letters(word: string): string {
  return word.split('').toSorted().join('');
}
