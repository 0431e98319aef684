import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { commandsOf, logOf, metricsOf, problemsOf, spansOf } from './code.ts';
import { httpProvisionerOf, manifestsOf, monitoringOf } from './deploy.ts';
import type { Plain } from './plain.ts';
import { serverOf } from './server.ts';
import { settingsOf } from './settings.ts';
import { packageOf } from './types.ts';

/** Each surface by its name. */
export type Surfaces = Readonly<Record<string, Plain>>;

/** Reads all surfaces of a built tree. */
export async function surfacesOf(folder: string): Promise<Surfaces> {
  const root = resolve(folder);
  if (!existsSync(join(root, 'dist/main.js')))
    throw new Error(`public: run npm ci and npm run build in ${root}`);
  const { openapi, answers, scraped, lines, database } = await serverOf(root);
  return Object.fromEntries(
    Object.entries<Plain | undefined>({
      'OpenAPI document': openapi,
      'answers without credentials': answers,
      'HTTP provisioner': httpProvisionerOf(root),
      problems: await problemsOf(root),
      metrics: await metricsOf(root),
      'scraped metrics': scraped,
      'log events': await logOf(root),
      'log lines': lines,
      spans: spansOf(root),
      settings: await settingsOf(root),
      'command line': await commandsOf(root),
      manifests: manifestsOf(root),
      monitoring: monitoringOf(root),
      package: packageOf(root),
      database,
    }).map(([name, value]) => [name, value ?? null]),
  );
}
