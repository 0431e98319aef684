import type { DataSource } from 'typeorm';
import { outageOf } from '../../errors/database-error.js';
import { createDataSource } from '../../database/schema/data-source.js';
import { accessOf, type DatabaseAccess } from '../../database/connection/pooling.js';
import { inspectRuntime, type RuntimeReport } from '../../boot/runtime.js';
import { progress } from '../print/progress.js';
import { failed, skipped, type Check } from './check.js';
import { checkConfiguration, isBroken } from './checks/configuration.js';
import { checkConnections } from './checks/connections.js';
import { checkDatabase, refusedBy } from './checks/database.js';
import { checkKeys } from './checks/keys.js';
import { checkListen } from './checks/listen.js';
import { checkPlugins } from './checks/plugins.js';
import { checkPublic } from './checks/public.js';
import { checkQueue, checkSchema } from './checks/schema.js';
import { checkTemplates } from './checks/templates.js';
import { checkTokens } from './checks/tokens.js';
import { checkVercel } from './checks/vercel.js';
import { reportOf, type DoctorReport } from './report.js';

/**
 * Checks everything that a server started in this folder depends on. A failed check does not stop the others.
 *
 * @param print receives messages about the embedded database
 */
export async function examine(print: (text: string) => void): Promise<DoctorReport> {
  const runtime = await inspectRuntime(print);
  try {
    const checks = [
      ...(await run('configuration', async () => checkConfiguration(runtime))),
      ...(await withDatabase(runtime, (database) => examineAll(runtime, database))),
    ];
    return reportOf(checks);
  } finally {
    progress(null);
    await runtime.close();
  }
}

const NEEDS_DATABASE = ['migrations', 'queue', 'connections', 'database-public', 'listen', 'keys'];

async function examineAll(runtime: RuntimeReport, database: DataSource | Check): Promise<Check[]> {
  const onDatabase =
    'status' in database ? withoutDatabase(database) : await examineDatabase(runtime, database);
  const plugins = await run('plugin', () => checkPlugins(runtime));
  const templates = await run('template', () =>
    checkTemplates(runtime, 'status' in database ? null : database),
  );
  return [...onDatabase, ...plugins, ...templates, ...(await examineVercel(runtime, database))];
}

function withoutDatabase(why: Check): Check[] {
  return [why, ...NEEDS_DATABASE.map((name) => skipped({ name }, 'the database cannot be reached'))];
}

async function examineDatabase(runtime: RuntimeReport, database: DataSource): Promise<Check[]> {
  const access = accessOf(runtime.config, runtime.databaseUrl as string);
  return [
    ...(await run('database', () => checkDatabase(database, access))),
    ...(await run('migrations', () => checkSchema(database))),
    ...(await run('queue', () => checkQueue(database))),
    ...(await run('connections', () => checkConnections(database))),
    ...(await run('database-public', () => checkPublic(database))),
    ...(await run('listen', () => checkListen(access.sessionUrl))),
    ...(await run('keys', () => checkKeys(runtime, database))),
  ];
}

async function examineVercel(runtime: RuntimeReport, database: DataSource | Check): Promise<Check[]> {
  if (isBroken(runtime, 'VERCEL_API_URL'))
    return ['vercel', 'token'].map((name) => skipped({ name }, 'VERCEL_API_URL is not valid'));
  const vercel = await run('vercel', () => checkVercel(runtime.config));
  if ('status' in database) return [...vercel, skipped({ name: 'token' }, 'the database cannot be reached')];
  if (vercel.some(({ name, status }) => name === 'vercel' && status === 'failed'))
    return [...vercel, skipped({ name: 'token' }, 'Vercel cannot be reached')];
  return [...vercel, ...(await run('token', () => checkTokens(runtime, database)))];
}

/** Runs a check. An exception becomes a failed check. */
async function run(name: string, checks: () => Promise<Check[]>): Promise<Check[]> {
  progress(`doctor: checking ${name}`);
  try {
    return await checks();
  } catch (error) {
    const refused = refusedBy(outageOf(error), name);
    return [
      refused ??
        failed({ name }, `the check could not run: ${reasonOf(error)}`, 'fix the cause and run doctor again'),
    ];
  }
}

/** Passes `work` an open database, or the failed check of the connection. */
async function withDatabase(
  runtime: RuntimeReport,
  work: (database: DataSource | Check) => Promise<Check[]>,
): Promise<Check[]> {
  const { databaseUrl, databaseProblem } = runtime;
  if (isBroken(runtime, 'DATABASE_URL')) return work(unreachable('DATABASE_URL is not valid'));
  if (databaseUrl === null) return work(unreachable(databaseProblem ?? 'no database is configured'));
  progress('doctor: checking database');
  const database = await connect(accessOf(runtime.config, databaseUrl));
  if ('status' in database) return work(database);
  try {
    return await work(database);
  } finally {
    await database.destroy();
  }
}

/** Connects. Sets a statement timeout only on a direct session: a pooler rejects settings of a session. */
async function connect({ url, sessionUrl }: DatabaseAccess): Promise<DataSource | Check> {
  const limits = sessionUrl === null ? {} : { statementTimeoutMs: 60_000 };
  try {
    return await createDataSource(sessionUrl ?? url, { name: 'doctor', max: 2, ...limits }).initialize();
  } catch (error) {
    return refusedBy(outageOf(error)) ?? unreachable(`the database cannot be reached: ${reasonOf(error)}`);
  }
}

const unreachable = (why: string): Check =>
  failed({ name: 'database' }, why, 'check that the server is running and that DATABASE_URL is correct');

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
