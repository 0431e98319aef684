import ts from 'typescript';
import { counted, type Measure } from './measure.ts';
import type { SourceFile } from './tree.ts';

export interface ExportedName {
  readonly name: string;
  readonly path: string;
  readonly isType: boolean;
}

/** The names that a file declares and exports. A re-exported name belongs to the file that declares it. */
export function exportedNames({ path, ast }: SourceFile): ExportedName[] {
  return ast.statements
    .filter(isExported)
    .flatMap((statement) =>
      namesOf(statement).map((name) => ({ name, path, isType: isTypeDeclaration(statement) })),
    );
}

const isExported = (statement: ts.Statement): boolean =>
  ts.canHaveModifiers(statement) &&
  ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) =>
      ts.isIdentifier(name) ? [name.text] : [],
    );
  if (isTypeDeclaration(statement) || ts.isFunctionDeclaration(statement))
    return statement.name === undefined ? [] : [statement.name.text];
  return [];
}

type TypeDeclaration =
  ts.ClassDeclaration | ts.InterfaceDeclaration | ts.TypeAliasDeclaration | ts.EnumDeclaration;

const isTypeDeclaration = (statement: ts.Statement): statement is TypeDeclaration =>
  ts.isClassDeclaration(statement) ||
  ts.isInterfaceDeclaration(statement) ||
  ts.isTypeAliasDeclaration(statement) ||
  ts.isEnumDeclaration(statement);

/** Counts exported types, interfaces, classes and enums whose name another file exports as well. */
export const duplicateTypes: Measure = (files) => {
  const types = files.flatMap(exportedNames).filter(({ isType }) => isType);
  const places = [...Map.groupBy(types, ({ name }) => name)].map(
    ([name, found]) => [name, [...new Set(found.map(({ path }) => path))]] as const,
  );
  return counted(
    places.filter(([, paths]) => paths.length > 1).map(([name, paths]) => `${name}: ${paths.join(', ')}`),
  );
};
