/** Templates of which one part is filled in now and the rest later. */
import { parse, PLACEHOLDER, type TemplateReference } from './template.js';

/** Returns the text for a reference; null keeps the reference. */
export type FillIn = (reference: TemplateReference) => string | null;

/**
 * Replaces the references for which `fillIn` returns a text. Everything else, `$${` included, stays
 * unchanged.
 */
export function fillSome(text: string, fillIn: FillIn): string {
  const { filled, rest } = piecesOf(text, fillIn);
  return filled.map(({ before, value }) => before + value).join('') + rest;
}

/**
 * Like `fillSome`, for a result that is a template again, in which the inserted texts are literal. Throws an
 * Error for a value that ends with `$` directly before a reference: no template can contain it.
 */
export function fillSomeLiterally(text: string, fillIn: FillIn): string {
  const { filled, rest } = piecesOf(text, fillIn);
  let [result, values] = ['', ''];
  for (const { before, value } of filled) {
    if (before !== '') [result, values] = [result + literalBefore(before, values) + before, ''];
    values += value;
  }
  return result + literalBefore(rest, values) + rest;
}

interface Pieces {
  readonly filled: readonly { readonly before: string; readonly value: string }[];
  readonly rest: string;
}

function piecesOf(text: string, fillIn: FillIn): Pieces {
  const filled: { before: string; value: string }[] = [];
  let end = 0;
  for (const { 0: match, 1: inner, index } of text.matchAll(PLACEHOLDER)) {
    const reference = match === '$${' ? null : parse(inner);
    const value = reference === null ? null : fillIn(reference);
    if (value === null) continue;
    filled.push({ before: text.slice(end, index), value });
    end = index + match.length;
  }
  return { filled, rest: text.slice(end) };
}

/** Escapes `value`. Its last `$` could turn the text after it into a placeholder. */
function literalBefore(next: string, value: string): string {
  if (!value.endsWith('$')) return literal(value);
  if (next.startsWith('${')) throw new Error('a secret that ends with "$" cannot be followed by a reference');
  return next.startsWith('{') ? `${literal(value)}$` : literal(value);
}

/** Returns the template whose result is exactly `text`. */
export function literal(text: string): string {
  return text.replaceAll('${', () => '$${');
}
