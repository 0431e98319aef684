/** Checks comments, texts of the code and docs against docs/glossary.md. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { bannedInSentences } from './glossary.ts';
import { counted, type Measurement } from './measure.ts';
import type { SourceFile } from './tree.ts';

/** Files that are not read, each with the reason. */
const EXEMPT: Readonly<Record<string, string>> = {
  'test/integration/scripts/house.spec.ts': 'its texts break the rule so that the check finds them',
};

/** Counts banned words in comments, in literals with a space, in texts of JSX, and in the docs of `root`. */
export const bannedSentences = (files: readonly SourceFile[], root: string): Measurement => {
  const pattern = patternOf(bannedInSentences());
  const sources = files
    .filter(({ path, text }) => !Object.hasOwn(EXEMPT, path) && text.search(pattern) !== -1)
    .map(proseOf);
  return counted(
    [...sources, ...pagesOf(root)].flatMap(({ path, prose }) =>
      [...prose.matchAll(pattern)].map(
        ({ index, 0: found }) => `${path}:${prose.slice(0, index).split('\n').length} "${phraseOf(found)}"`,
      ),
    ),
  );
};

/** What may separate two words, also at the end of a line within a comment. */
const GAP = '[\\s*/]';

/** Finds words in singular and plural, and verbs with `ed` and `ing`. */
const patternOf = (words: readonly string[]): RegExp =>
  new RegExp(
    `\\b(?:${words.map((word) => word.replaceAll(' ', `${GAP}+`)).join('|')})(?:s|ed|ing)?\\b`,
    'gi',
  );

const phraseOf = (found: string): string => found.replaceAll(new RegExp(`${GAP}+`, 'g'), ' ');

/** A text in which a space replaces each character that is not part of a sentence. */
interface Prose {
  readonly path: string;
  readonly prose: string;
}

const pagesOf = (root: string): Prose[] =>
  globSync(['*.md', 'docs/**/*.md'], { cwd: root }).map((path) => {
    const page = readFileSync(join(root, path), 'utf8');
    return { path, prose: withoutCode(page.replaceAll(/^ *```.*?^ *```/gms, blank)) };
  });

function proseOf({ path, text, ast }: SourceFile): Prose {
  const spans = spansOf(ast).toSorted(([a], [b]) => a - b);
  let prose = '';
  for (const [from, to] of spans) {
    // Text of JSX that looks like a comment is found twice.
    if (from < prose.length) continue;
    prose += blank(text.slice(prose.length, from)) + withoutCode(text.slice(from, to));
  }
  return { path, prose };
}

/** Quoted code is not prose: a name keeps its words. */
const withoutCode = (prose: string): string => prose.replaceAll(/\\?`[^`]*`/g, blank);

const blank = (text: string): string => text.replaceAll(/[^\n]/g, ' ');

type Span = readonly [from: number, to: number];

/** Returns the positions of all comments and texts of a file. */
function spansOf(ast: ts.SourceFile): Span[] {
  const spans = new Map<number, Span>();
  const add = (from: number, to: number): unknown => spans.set(from, [from, to]);
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node)) return;
    const children = node.getChildren(ast);
    if (children.length > 0) return children.forEach(visit);
    if (isText(node)) add(node.getStart(ast) + 1, node.getEnd() - 1);
    if (ts.isJsxText(node)) add(node.pos, node.end);
    else
      for (const { pos, end } of [
        ...(ts.getLeadingCommentRanges(ast.text, node.pos) ?? []),
        ...(ts.getTrailingCommentRanges(ast.text, node.end) ?? []),
      ])
        add(pos, end);
  };
  visit(ast);
  return [...spans.values()];
}

/** A literal without a space is a name or a value. */
const isText = (node: ts.Node): boolean =>
  (ts.isStringLiteral(node) || ts.isTemplateLiteralToken(node)) && /\S\s+\S/.test(node.text);
