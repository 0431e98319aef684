import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { readAction, type ActionDefinition, type ReportOption } from './action-definition.js';
import { resolvePlaceholders } from './placeholders.js';
import type { Problems } from '../problems.js';
import { didYouMean } from '../suggest.js';

/** Looks up an environment variable. Returns undefined if it is unset or empty. */
export type PlaceholderLookup = (name: string) => string | undefined;

/**
 * Reads actions.yaml.
 *
 * @param file the absolute path
 * @param source the name of the file in problems
 * @param lookUp resolves `${NAME}` below `config`
 * @returns the actions by slug; if there are problems, only those that could be read
 */
export function readActionsFile(
  file: string,
  source: string,
  lookUp: PlaceholderLookup,
  problems: Problems,
): Map<string, ActionDefinition> {
  const report: ReportOption = (path, text) => problems.add(source, path, text);
  const text = readText(file, report);
  const root = text === null ? null : parseYaml(text, report);
  const actions = root === null ? null : actionsOf(root, report);
  if (actions === null) return new Map();
  const definitions = Object.entries(actions).map(([slug, value]) =>
    readAction(slug, value, report, (config, path) => resolvePlaceholders(config, path, lookUp, report)),
  );
  return new Map(definitions.filter((found) => found !== null).map((found) => [found.slug, found]));
}

function readText(file: string, report: ReportOption): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    const why = code === 'ENOENT' ? `the file ${file} does not exist` : `cannot be read (${code})`;
    report('', `${why}: set ACTIONS_FILE to the file that assigns a provisioner to each action`);
    return null;
  }
}

/**
 * Parses strict YAML 1.2: rejects duplicate keys, unknown tags and a second document. Problems name line and
 * column.
 */
function parseYaml(text: string, report: ReportOption): object | null {
  const document = parseDocument(text, { lineCounter: new LineCounter(), strict: true, uniqueKeys: true });
  const issues = [...document.errors, ...document.warnings];
  for (const issue of issues) report('', firstLine(issue.message));
  if (issues.length > 0) return null;
  const value = toPlain(document, report);
  if (isMapping(value)) return noPrototypeKeys(value, '', report) ? value : null;
  if (value !== undefined) report('', 'must be a mapping with the key "actions"');
  return null;
}

/** Converts the document to plain values. Fails if aliases expand too often. */
function toPlain(document: Document, report: ReportOption): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (error) {
    report('', firstLine(error instanceof Error ? error.message : String(error)));
    return undefined;
  }
}

/** Drops the lines after the first, an excerpt of the file that may contain secrets. */
function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/:$/, '');
}

function noPrototypeKeys(value: unknown, path: string, report: ReportOption): boolean {
  if (typeof value !== 'object' || value === null) return true;
  const entries = Object.entries(value).map(([key, child]) => {
    const at = path === '' ? key : `${path}.${key}`;
    if (!['__proto__', 'constructor', 'prototype'].includes(key)) return noPrototypeKeys(child, at, report);
    report(at, 'this key is not allowed');
    return false;
  });
  return entries.every(Boolean);
}

function actionsOf(root: object, report: ReportOption): object | null {
  for (const key of Object.keys(root)) {
    if (key !== 'actions') report(key, `unknown key${didYouMean(key, ['actions'])}`);
  }
  const actions: unknown = Object.hasOwn(root, 'actions')
    ? (root as { actions: unknown }).actions
    : undefined;
  if (isMapping(actions) && Object.keys(actions).length > 0) return actions;
  report('actions', 'must map the slug of at least one action to its definition');
  return null;
}

export function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
