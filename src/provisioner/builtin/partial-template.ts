/** Templates of which one part is filled in now, and the rest later by somebody else. */
import { parse, PLACEHOLDER, type TemplateReference } from './template.js';

/** What `fillSome` puts in for a reference; null for one that stays as it stands. */
export type FillIn = (reference: TemplateReference) => string | null;

/** Fills in only those references for which `fillIn` answers a text, once; all else, `$${` included, stays as it stands. */
export function fillSome(text: string, fillIn: FillIn): string {
  const { filled, rest } = piecesOf(text, fillIn);
  return filled.map(({ before, value }) => before + value).join('') + rest;
}

/**
 * As `fillSome`, of a text that is a template afterwards too: what was put in is exactly that text then. Throws an Error for a value that
 * cannot be written so: one that ends with `$`, right before a reference.
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

/** Its last `$` may make a placeholder of what follows. */
function literalBefore(next: string, value: string): string {
  if (!value.endsWith('$')) return literal(value);
  if (next.startsWith('${'))
    throw new Error('a secret that ends with "$" cannot stand right before a reference');
  return next.startsWith('{') ? `${literal(value)}$` : literal(value);
}

/** `text` as a template that is filled in as exactly this text. */
export function literal(text: string): string {
  return text.replaceAll('${', () => '$${');
}
