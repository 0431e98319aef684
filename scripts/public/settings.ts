import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadExport, loadPackage, type Loaded } from './built.ts';
import { toPlain, withoutTexts, type Plain } from './plain.ts';

/** Names, defaults and validators of variables; keys of actions.yaml; the schemas of the builtins. */
export async function settingsOf(root: string): Promise<Plain> {
  return toPlain({
    variables: Object.keys(await loadExport(root, 'VARIABLE_REFERENCE')),
    secrets: await loadExport(root, 'SECRET_VARIABLES'),
    defaults: defaultsOf(root),
    validators: await validatorsOf(root),
    actions: Object.keys(await loadExport(root, 'ACTION_REFERENCE')),
    builtins: await builtinsOf(root),
  });
}

/** What `config print` prints where nothing is set. */
function defaultsOf(root: string): Plain {
  const cwd = mkdtempSync(join(tmpdir(), 'drawbridge-public-'));
  try {
    writeFileSync(join(cwd, 'actions.yaml'), 'actions: { branch: { name: Branch, provisioner: memory } }\n');
    const env = { NODE_ENV: 'test', ACTIONS_FILE: 'actions.yaml', VERCEL_CLIENT_SECRET: 'a'.repeat(32) };
    const args = [join(root, 'dist/cli/main.js'), 'config', 'print', '--json'];
    return JSON.parse(execute(args, { cwd, env, stdio: 'pipe' }).replaceAll(cwd, '.')) as Plain;
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** The configuration is incomplete, so that the command ends with 1 after it has printed everything. */
function execute(args: string[], options: ExecFileSyncOptions): string {
  try {
    return String(execFileSync(process.execPath, args, options));
  } catch (error) {
    return String((error as { stdout: unknown }).stdout);
  }
}

async function validatorsOf(root: string): Promise<unknown> {
  const variables = await loadExport(root, 'EnvironmentVariables');
  const storage = loadPackage(root, 'class-validator').getMetadataStorage();
  const found: Loaded[] = storage.getTargetValidationMetadatas(variables, '', false, false);
  const validators = found.map(({ propertyName, type, name, constraints }) => {
    const key = `${propertyName} ${name ?? type}`;
    return [key, type === 'conditionalValidation' ? 'optional' : constraints] as const;
  });
  return Object.fromEntries(validators);
}

async function builtinsOf(root: string): Promise<unknown> {
  const [names, load] = [await loadExport(root, 'BUILTIN_NAMES'), await loadExport(root, 'loadPlugin')];
  const { toJSONSchema } = loadPackage(root, 'zod');
  const schemaOf = async (name: string): Promise<readonly [string, unknown]> => {
    const { plugin } = await load(name, { production: false, cwd: root });
    const { configSchema, create: _, ...rest } = plugin;
    const isZod = configSchema['~standard'].vendor === 'zod';
    const schema = isZod ? toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) : 'own';
    return [name, { ...rest, verbs: Object.keys(plugin).toSorted(), schema: withoutTexts(schema) }];
  };
  return Object.fromEntries(await Promise.all(names.map(schemaOf)));
}
