import { dirname, join } from 'node:path/posix';
import ts from 'typescript';
import { counted, type Measure } from './measure.ts';
import type { SourceFile } from './tree.ts';

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Counts the top-level folders of `src` that import themselves through other folders. Type imports and
 * dynamic imports count; specs and files directly in `src` do not.
 */
export const folderCycles: Measure = (files) => {
  const graph = importGraph(files.filter(({ path, isSpec }) => path.startsWith('src/') && !isSpec));
  return counted(
    [...graph.keys()].filter((folder) => reaches(graph, folder)).map((folder) => `src/${folder}`),
  );
};

function importGraph(files: readonly SourceFile[]): Graph {
  const graph = new Map<string, Set<string>>();
  for (const file of files) {
    const from = topFolder(file.path);
    if (from === null) continue;
    const imported = graph.get(from) ?? new Set();
    for (const target of importsOf(file).map(topFolder))
      if (target !== null && target !== from) imported.add(target);
    graph.set(from, imported);
  }
  return graph;
}

const topFolder = (path: string): string | null => /^src\/([^/]+)\//.exec(path)?.[1] ?? null;

function importsOf({ path, ast }: SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) && isSpecifier(node)) found.push(join(dirname(path), node.text));
    ts.forEachChild(node, visit);
  };
  visit(ast);
  return found;
}

function isSpecifier({ parent, text }: ts.StringLiteral): boolean {
  if (!text.startsWith('.')) return false;
  if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) return true;
  if (ts.isLiteralTypeNode(parent)) return ts.isImportTypeNode(parent.parent);
  return ts.isCallExpression(parent) && parent.expression.kind === ts.SyntaxKind.ImportKeyword;
}

function reaches(graph: Graph, start: string): boolean {
  const seen = new Set<string>();
  const open = [...(graph.get(start) ?? [])];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    if (folder === start) return true;
    if (seen.has(folder)) continue;
    seen.add(folder);
    open.push(...(graph.get(folder) ?? []));
  }
  return false;
}
