/**
 * Validates manifests as the server would. `kubernetes-models` contains the schemas of Kubernetes' own
 * OpenAPI document (1.35), and those of the operators' custom resources. Its validators check types, formats,
 * enumerations and required fields, and accept unknown fields, as the OpenAPI document does. Its types
 * contain the fields. So the validator checks each manifest, and the compiler checks it as a literal of its
 * type.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { idOf, type Manifest } from './render.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));

const PACKAGES: Record<string, string> = {
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
  'keda.sh': '@kubernetes-models/keda',
  'external-secrets.io': '@kubernetes-models/external-secrets',
  'postgresql.cnpg.io': '@kubernetes-models/cloudnative-pg',
};

function moduleOf({ apiVersion, kind }: Manifest): string {
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] as string) : '';
  return `${PACKAGES[group] ?? 'kubernetes-models'}/${apiVersion}/${kind}`;
}

/** Returns a sentence for each error; an empty list when the server would accept all manifests. */
export async function schemaErrors(manifests: readonly Manifest[]): Promise<string[]> {
  const invalid = await Promise.all(manifests.map(invalidOf));
  return [...invalid.flat(), ...unknownFields(manifests)];
}

async function invalidOf(manifest: Manifest): Promise<string[]> {
  try {
    const models = (await import(moduleOf(manifest))) as Record<
      string,
      new (data: unknown) => { validate(): void }
    >;
    const Model = models[manifest.kind];
    if (Model === undefined) return [`${idOf(manifest)}: ${manifest.apiVersion} has no such kind`];
    new Model(structuredClone(manifest)).validate();
    return [];
  } catch (error) {
    return [`${idOf(manifest)}: ${(error as Error).message}`];
  }
}

function unknownFields(manifests: readonly Manifest[]): string[] {
  const files = new Map(manifests.map((manifest, at) => [join(HERE, `manifest-${at}.ts`), manifest]));
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    lib: ['lib.es2022.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const program = ts.createProgram([...files.keys()], options, hostOf(files, options));
  return [...files].flatMap(([path, manifest]) => {
    const source = program.getSourceFile(path);
    return ts
      .getPreEmitDiagnostics(program, source)
      .map(({ messageText }) => `${idOf(manifest)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
  });
}

/** A cache, so that declarations are read once for all checks. */
const declarations = new Map<string, ts.SourceFile | undefined>();

function hostOf(files: ReadonlyMap<string, Manifest>, options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.getSourceFile = (path, ...rest) => {
    const manifest = files.get(path);
    if (manifest !== undefined) return ts.createSourceFile(path, literalOf(manifest), ts.ScriptTarget.ES2022);
    if (!declarations.has(path)) declarations.set(path, getSourceFile(path, ...rest));
    return declarations.get(path);
  };
  return host;
}

const literalOf = (manifest: Manifest): string =>
  `import type { I${manifest.kind} } from '${moduleOf(manifest)}';\n` +
  `export const manifest: I${manifest.kind} = ${JSON.stringify(manifest, null, 2)};\n`;
