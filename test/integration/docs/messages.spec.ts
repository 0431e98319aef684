import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import type { ActionAnswer } from '../../../src/api/actions/action-answer.js';
import { printActions } from '../../../src/cli/actions/actions-print.js';
import { failed, ok, skipped } from '../../../src/cli/doctor/check.js';
import { printReport, reportOf } from '../../../src/cli/doctor/report.js';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8');
const files = (pattern: string): string[] => globSync(pattern, { cwd: REPOSITORY }).toSorted();

/** Stands for a value that a template inserts. */
const HOLE = '\0';
/** Separates texts. */
const EDGE = '\x01';

/** The text of a literal, a template or a sum of them; null for other expressions. */
function textOf(node: ts.Node): string | null {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => HOLE + literal.text).join('');
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const [left, right] = [textOf(node.left), textOf(node.right)];
    return left === null && right === null ? null : (left ?? HOLE) + (right ?? HOLE);
  }
  return null;
}

function textsIn(path: string): string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    const text = textOf(node);
    if (text !== null) texts.push(text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest));
  return texts;
}

const SOURCES = files('src/**/*.ts').filter((path) => !path.endsWith('.spec.ts'));
const TEXTS = EDGE + SOURCES.flatMap(textsIn).join(EDGE) + EDGE;

/**
 * Values in a message: `…`, a quotation, a NAME, the name of a verb, and words with digits, dots or
 * slashes.
 */
const VALUES =
  /…|"[^"]*"|\b(?:de)?provision\b|\S+:\d+|[^\s(),;:]*[\d./][^\s(),;]*\w[^\s(),;:]*|\b[A-Z][A-Z\d_]+\b|\b\d+\b/g;

/** The parts of a message between its values, if they have several words. */
const partsOf = (message: string): string[] =>
  message
    .split(VALUES)
    .map((part) => part.replaceAll(/^[^\w]+|[^\w]+$/g, ''))
    .filter((part) => /\w+ \w+/.test(part));

/** True if `part` is in one text, or in texts of which one is inserted into the other. */
function isQuoted(part: string, begin = ''): boolean {
  if (TEXTS.includes(begin + part)) return true;
  const joints = [...part.matchAll(/(?<=.)((?<=\W)|(?=\W))/g)].map(({ index }) => index);
  return joints.some((at) => {
    const [first, rest] = [begin + part.slice(0, at), part.slice(at)];
    if (!/\w/.test(part.slice(0, at))) return false;
    return (
      (TEXTS.includes(first + HOLE) && isQuoted(rest, EDGE)) ||
      (TEXTS.includes(first + EDGE) && isQuoted(rest, HOLE))
    );
  });
}

const missing = (messages: readonly string[]): string[] =>
  messages.flatMap((message) => partsOf(message).filter((part) => !isQuoted(part)));

const spansOf = (text: string): string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, span]) => span as string);

/** Rows of the tables whose column `name` has messages, as cells. */
function rowsOf(page: string, name: string): { message: string; rest: string }[] {
  let column = -1;
  return page.split('\n').flatMap((line) => {
    if (!line.startsWith('|')) {
      column = -1;
      return [];
    }
    const cells = line.split('|').map((cell) => cell.trim());
    if (column === -1) column = cells.indexOf(name) === -1 ? 0 : cells.indexOf(name);
    return column === 0 ? [] : [{ message: cells[column] ?? '', rest: cells.slice(column + 1).join(' ') }];
  });
}

/** Rows about texts of a server, which no source contains, say so at the beginning. */
const isForeign = ({ rest }: { rest: string }): boolean => /^(the server's message)/.test(rest);

const inTables = (path: string, column: string): string[] =>
  rowsOf(read(path), column)
    .filter((row) => !isForeign(row))
    .flatMap(({ message }) => spansOf(message));

/** Messages in running text. */
const IN_TEXT: readonly [path: string, message: string][] = [
  ['docs/runbooks/deadlines-missed.md', '`waiting for template "…"`'],
  ['docs/runbooks/reports-stuck.md', '`an earlier report may have been accepted`'],
  ['docs/runbooks/no-web.md', '`is read-only (25006)`'],
  ['docs/configuration.md', "`the resource's settings are not valid: settings.actions.branch.template: "],
  ['docs/api.md', '`canceled by the provider: <reason>`'],
  ['docs/connecting-vercel.md', '"cannot be opened"'],
  ['docs/connecting-vercel.md', '"the webhook came after the deadline had passed"'],
];

describe('messages in the docs', () => {
  it.each<[path: string, column: string]>([
    ...files('docs/provisioners/[a-z]*.md').map((path): [string, string] => [path, 'message']),
    ['docs/connecting-vercel.md', 'text'],
  ])('%s quotes messages of the sources', (path, column) => {
    const messages = inTables(path, column);
    expect(messages.length).toBeGreaterThan(3);
    expect(missing(messages)).toEqual([]);
  });

  it.each(IN_TEXT)('%s quotes %s of the sources', (path, message) => {
    expect(read(path)).toContain(message);
    expect(missing([message.replaceAll(/^[`"]|[`"]$|<.*>/g, '')])).toEqual([]);
  });

  it('finds a message that no source has', () => {
    expect(missing(['cannot eat …: …', 'cannot remove …: …'])).toEqual(['cannot eat']);
  });

  it('docs/cli.md shows output as the commands print it', () => {
    const row = {
      id: '0b0f6a9e-4d0c-4f0e-9a53-0c5a2f4f9f55',
      state: 'failed',
      createdAt: new Date(Date.now() - 200_000).toISOString(),
      action: 'branch',
      deploymentId: 'dpl_9QzXm4cVbN1kRtYuEoPtB7w2Kd',
    } as ActionAnswer;
    const checks = [
      ok({ name: 'database' }, 'PostgreSQL 17.2 answers'),
      failed({ name: 'migrations' }, 'the database lacks Operators1764200000000', 'run npm run migrate'),
      failed(
        { name: 'vercel' },
        'https://api.vercel.com cannot be reached (ENOTFOUND)',
        'check the network access of this machine, and VERCEL_API_URL',
      ),
      skipped({ name: 'token' }, 'Vercel cannot be reached'),
    ];
    const [report = ''] = printReport(reportOf(checks)).split('\n\n');
    const samples = [...read('docs/cli.md').matchAll(/\n\n```\n([^`]+)\n```/g)].map(([, sample]) => sample);
    expect(samples).toEqual([printActions({ items: [row], next: null }), report]);
    const texts = checks.flatMap(({ message, advice }) => [message, advice ?? '']);
    expect(missing(texts)).toEqual([]);
  });
});
