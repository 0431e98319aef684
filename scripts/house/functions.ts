import ts from 'typescript';
import { counted, type Measure } from './measure.ts';
import type { SourceFile } from './tree.ts';

const LONGEST = 40;

/**
 * Counts functions of `src` over 40 lines, without docstrings and specs: named functions, methods,
 * constructors, accessors.
 */
export const longFunctions: Measure = (files) =>
  counted(
    files
      .filter(({ path, isSpec }) => path.startsWith('src/') && !isSpec)
      .flatMap((file) => functionsOf(file).filter(({ lines }) => lines > LONGEST))
      .map(({ place, name, lines }) => `${place} ${name}: ${lines} lines`),
  );

interface FoundFunction {
  readonly place: string;
  readonly name: string;
  readonly lines: number;
}

function functionsOf({ path, ast }: SourceFile): FoundFunction[] {
  const found: FoundFunction[] = [];
  const visit = (node: ts.Node): void => {
    const name = functionName(node);
    if (name !== null) {
      const first = ast.getLineAndCharacterOfPosition(node.getStart(ast)).line;
      const last = ast.getLineAndCharacterOfPosition(node.getEnd()).line;
      found.push({ place: `${path}:${first + 1}`, name, lines: last - first + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(ast);
  return found;
}

/** Returns null for other nodes, and for an anonymous function, which is part of the enclosing function. */
function functionName(node: ts.Node): string | null {
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isAccessor(node))
    return node.name?.getText() ?? null;
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return null;
  return ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : null;
}
