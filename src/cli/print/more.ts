/** A hint below a list that was not all. */
export function moreOf(count: number, next: string | null): string {
  return next === null ? '' : `\n\nthe first ${count}; --limit or --all show more`;
}
