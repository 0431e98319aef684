/** The package as its users import it: its manifest, and the declarations behind each export. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { toPlain, type Plain } from './plain.ts';

interface Manifest {
  readonly exports: Record<string, { readonly types: string }>;
  readonly [field: string]: unknown;
}

const FIELDS = ['name', 'version', 'type', 'engines', 'files', 'bin', 'exports', 'dependencies'];

export function packageOf(root: string): Plain {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  const entries = Object.entries(manifest.exports).map(
    ([name, { types }]) => [name, join(root, types)] as const,
  );
  const program = ts.createProgram(
    entries.map(([, file]) => file),
    { noLib: true, module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ESNext, strict: true, types: [] },
  );
  return toPlain({
    manifest: Object.fromEntries(FIELDS.map((field) => [field, manifest[field]])),
    declarations: Object.fromEntries(entries.map(([name, file]) => [name, declarationsIn(program, file)])),
  });
}

/** The declaration of each exported name, and of each type that these mention without exporting it. */
function declarationsIn(program: ts.Program, file: string): Record<string, string> {
  const checker = program.getTypeChecker();
  const names = namesOf(checker, moduleIn(program, file));
  const substituteNode = (_: ts.EmitHint, node: ts.Node): ts.Node => {
    const name = ts.isIdentifier(node) ? names.get(symbolAt(checker, node)) : undefined;
    return name === undefined ? node : ts.factory.createIdentifier(name);
  };
  const printer = ts.createPrinter({ removeComments: true }, { substituteNode });
  const print = (node: ts.Declaration): string =>
    printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile()).replaceAll(/\s+/g, ' ');
  const declarations = [...names].map(([symbol, name]) => [
    name,
    ownDeclarations(symbol).map(print).join('\n'),
  ]);
  return Object.fromEntries(declarations) as Record<string, string>;
}

function moduleIn(program: ts.Program, file: string): ts.Symbol {
  const source = program.getSourceFile(file);
  const module = source && program.getTypeChecker().getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`public: ${file} is not a module; run npm run build`);
  return module;
}

/**
 * Names each symbol as it is exported. An inner type has a number, in the order in which declarations
 * mention it: its name may change, because users cannot import it.
 */
function namesOf(checker: ts.TypeChecker, module: ts.Symbol): ReadonlyMap<ts.Symbol | undefined, string> {
  const names = new Map<ts.Symbol | undefined, string>();
  for (const symbol of checker.getExportsOfModule(module)) names.set(aliased(checker, symbol), symbol.name);
  const exported = names.size;
  // A Map's iterator also visits what the loop adds.
  for (const symbol of names.keys()) {
    for (const mentioned of ownDeclarations(symbol).flatMap((one) => mentionedIn(checker, one)))
      if (!names.has(mentioned) && ownDeclarations(mentioned).length > 0)
        names.set(mentioned, `Inner${names.size - exported}`);
  }
  return names;
}

/** Declarations in the tree's own `dist`; those of packages are compared by the packages' versions. */
function ownDeclarations(symbol: ts.Symbol | undefined): ts.Declaration[] {
  return (symbol?.declarations ?? []).filter(
    (one) => !ts.isTypeParameterDeclaration(one) && !one.getSourceFile().fileName.includes('/node_modules/'),
  );
}

function mentionedIn(checker: ts.TypeChecker, declaration: ts.Declaration): ts.Symbol[] {
  const found: ts.Symbol[] = [];
  const visit = (node: ts.Node): void => {
    const name = nameIn(node);
    const symbol = name && symbolAt(checker, name);
    if (symbol) found.push(symbol);
    ts.forEachChild(node, visit);
  };
  visit(declaration);
  return found;
}

function nameIn(node: ts.Node): ts.Node | undefined {
  if (ts.isTypeReferenceNode(node)) return node.typeName;
  if (ts.isTypeQueryNode(node)) return node.exprName;
  return ts.isExpressionWithTypeArguments(node) ? node.expression : undefined;
}

function symbolAt(checker: ts.TypeChecker, node: ts.Node): ts.Symbol | undefined {
  const symbol = checker.getSymbolAtLocation(node);
  return symbol && aliased(checker, symbol);
}

const aliased = (checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol =>
  (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
