/** Returns a hint below an incomplete list. */
export function moreOf(count: number, next: string | null): string {
  return next === null ? '' : `\n\nthe first ${count}; --limit or --all show more`;
}
