import ts from 'typescript';
import { counted, type Measure } from './measure.ts';
import type { SourceFile } from './tree.ts';

const MOST_COLUMNS = 110;

/**
 * Counts lines over 110 columns. A line is exempt if breaking it would change or hide a value: a URL, or a
 * string, template or regular expression on one line, extends beyond the last column.
 */
export const longLines: Measure = (files) => counted(files.flatMap(longLinesOf));

function longLinesOf({ path, text, ast }: SourceFile): string[] {
  const lines = text.split('\n');
  if (!lines.some((line) => line.length > MOST_COLUMNS)) return [];
  const literals = literalsOf(ast);
  const starts = ast.getLineStarts();
  return lines.flatMap((line, index) => {
    const edge = (starts[index] ?? 0) + MOST_COLUMNS;
    const isExempt = literals.some(([from, to]) => from < edge && edge < to) || hasUrlAtEdge(line);
    return line.length > MOST_COLUMNS && !isExempt ? [`${path}:${index + 1}: ${line.length} columns`] : [];
  });
}

const URLS = /https?:\/\/\S+/g;

const hasUrlAtEdge = (line: string): boolean =>
  [...line.matchAll(URLS)].some(
    ({ index, 0: url }) => index < MOST_COLUMNS && index + url.length > MOST_COLUMNS,
  );

type Span = readonly [from: number, to: number];

/** Returns the positions of all literals that are on one line. */
function literalsOf(ast: ts.SourceFile): Span[] {
  const found: Span[] = [];
  const visit = (node: ts.Node): void => {
    const span = isUnbreakable(node) ? ([node.getStart(ast), node.getEnd()] as const) : null;
    if (span !== null && !ast.text.slice(...span).includes('\n')) found.push(span);
    ts.forEachChild(node, visit);
  };
  visit(ast);
  return found;
}

const isUnbreakable = (node: ts.Node): boolean =>
  ts.isStringLiteral(node) ||
  ts.isNoSubstitutionTemplateLiteral(node) ||
  ts.isTemplateExpression(node) ||
  ts.isRegularExpressionLiteral(node);
