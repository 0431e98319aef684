import { dirname, join } from 'node:path/posix';
import ts from 'typescript';
import { counted, type Measure } from './measure.ts';
import type { SourceFile } from './tree.ts';

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Folders whose sub-folders are floors too. */
const PARENTS = ['src', 'src/worker'];

/**
 * Counts the folders directly in `src` and in `src/worker` that import themselves through others beside them.
 * Type imports and dynamic imports count. Specs do not, and neither do files directly in the parent.
 */
export const folderCycles: Measure = (files) => counted(PARENTS.flatMap((parent) => cyclesIn(parent, files)));

function cyclesIn(parent: string, files: readonly SourceFile[]): string[] {
  const sources = files.filter(({ path, isSpec }) => path.startsWith(`${parent}/`) && !isSpec);
  const graph = importGraph(parent, sources);
  return [...graph.keys()].filter((folder) => reaches(graph, folder)).map((folder) => `${parent}/${folder}`);
}

function importGraph(parent: string, files: readonly SourceFile[]): Graph {
  const graph = new Map<string, Set<string>>();
  for (const file of files) {
    const from = folderIn(parent, file.path);
    if (from === null) continue;
    const imported = graph.get(from) ?? new Set();
    for (const target of importsOf(file).map((path) => folderIn(parent, path)))
      if (target !== null && target !== from) imported.add(target);
    graph.set(from, imported);
  }
  return graph;
}

/** The name of the folder directly in `parent` that contains the file; null for other files. */
function folderIn(parent: string, path: string): string | null {
  const [folder, ...rest] = path.startsWith(`${parent}/`) ? path.slice(parent.length + 1).split('/') : [];
  return folder === undefined || rest.length === 0 ? null : folder;
}

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
