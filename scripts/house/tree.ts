/** Reads and parses the source files of a repository once for all measures. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import ts from 'typescript';

export const ROOTS = ['src', 'web', 'tools', 'scripts', 'test'] as const;

export interface SourceFile {
  /** Path from the repository's root, separated by `/`. */
  readonly path: string;
  readonly folder: string;
  readonly name: string;
  readonly isSpec: boolean;
  readonly text: string;
  /** Number of lines. The final newline does not start another one. */
  readonly lines: number;
  readonly ast: ts.SourceFile;
}

const SOURCE = /\.(ts|tsx|js|mjs|cjs)$/;

/** All TypeScript and JavaScript files of `root` below ROOTS, sorted by path. */
export function readTree(root: string): SourceFile[] {
  return ROOTS.map((folder) => join(root, folder))
    .filter((folder) => existsSync(folder))
    .flatMap(filesBelow)
    .map((file) => parse(relative(root, file).replaceAll('\\', '/'), readFileSync(file, 'utf8')))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(path);
    return SOURCE.test(entry.name) ? [path] : [];
  });
}

function parse(path: string, text: string): SourceFile {
  return {
    path,
    folder: dirname(path),
    name: basename(path),
    isSpec: /\.spec\.tsx?$/.test(path),
    text,
    lines: text.replace(/\n$/, '').split('\n').length,
    ast: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true),
  };
}
