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
 * Looks at everything that a server which is started here would stand on. One thing that is broken does not keep the others from being
 * looked at.
 *
 * @param say told what happens to the embedded database
 */
export async function examine(say: (text: string) => void): Promise<DoctorReport> {
  const survey = await inspectRuntime(say);
  try {
    const checks = [
      ...(await run('configuration', async () => checkConfiguration(survey))),
      ...(await withDatabase(survey, (database) => examineAll(survey, database))),
    ];
    return reportOf(checks);
  } finally {
    progress(null);
    await survey.close();
  }
}

const NEEDS_DATABASE = ['migrations', 'queue', 'connections', 'database-public', 'listen', 'keys'];

async function examineAll(survey: RuntimeReport, database: DataSource | Check): Promise<Check[]> {
  const onDatabase =
    'status' in database ? withoutDatabase(database) : await examineDatabase(survey, database);
  const plugins = await run('plugin', () => checkPlugins(survey));
  const templates = await run('template', () =>
    checkTemplates(survey, 'status' in database ? null : database),
  );
  return [...onDatabase, ...plugins, ...templates, ...(await examineVercel(survey, database))];
}

function withoutDatabase(why: Check): Check[] {
  return [why, ...NEEDS_DATABASE.map((name) => skipped({ name }, 'the database cannot be reached'))];
}

async function examineDatabase(survey: RuntimeReport, database: DataSource): Promise<Check[]> {
  const access = accessOf(survey.config, survey.databaseUrl as string);
  return [
    ...(await run('database', () => checkDatabase(database, access))),
    ...(await run('migrations', () => checkSchema(database))),
    ...(await run('queue', () => checkQueue(database))),
    ...(await run('connections', () => checkConnections(database))),
    ...(await run('database-public', () => checkPublic(database))),
    ...(await run('listen', () => checkListen(access.sessionUrl))),
    ...(await run('keys', () => checkKeys(survey, database))),
  ];
}

async function examineVercel(survey: RuntimeReport, database: DataSource | Check): Promise<Check[]> {
  if (isBroken(survey, 'VERCEL_API_URL'))
    return ['vercel', 'token'].map((name) => skipped({ name }, 'VERCEL_API_URL is not valid'));
  const vercel = await run('vercel', () => checkVercel(survey.config));
  if ('status' in database) return [...vercel, skipped({ name: 'token' }, 'the database cannot be reached')];
  if (vercel.some(({ name, status }) => name === 'vercel' && status === 'failed'))
    return [...vercel, skipped({ name: 'token' }, 'Vercel cannot be reached')];
  return [...vercel, ...(await run('token', () => checkTokens(survey, database)))];
}

/** A check that throws has failed; the others go on. */
async function run(name: string, look: () => Promise<Check[]>): Promise<Check[]> {
  progress(`doctor: looking at ${name}`);
  try {
    return await look();
  } catch (error) {
    const refused = refusedBy(outageOf(error), name);
    return [
      refused ??
        failed({ name }, `this check itself has failed: ${reasonOf(error)}`, 'fix that and run it again'),
    ];
  }
}

/** Gives `work` an open database, or why there is none. */
async function withDatabase(
  survey: RuntimeReport,
  work: (database: DataSource | Check) => Promise<Check[]>,
): Promise<Check[]> {
  const { databaseUrl, databaseProblem } = survey;
  if (isBroken(survey, 'DATABASE_URL')) return work(notNamed('DATABASE_URL is not valid'));
  if (databaseUrl === null) return work(notNamed(databaseProblem ?? 'there is no database'));
  progress('doctor: looking at database');
  const database = await connect(accessOf(survey.config, databaseUrl));
  if ('status' in database) return work(database);
  try {
    return await work(database);
  } finally {
    await database.destroy();
  }
}

/** A pooler that lends its sessions wants none that brings settings of its own. */
async function connect({ url, sessionUrl }: DatabaseAccess): Promise<DataSource | Check> {
  const limits = sessionUrl === null ? {} : { statementTimeoutMs: 60_000 };
  try {
    return await createDataSource(sessionUrl ?? url, { name: 'doctor', max: 2, ...limits }).initialize();
  } catch (error) {
    return refusedBy(outageOf(error)) ?? notNamed(`the database cannot be reached: ${reasonOf(error)}`);
  }
}

const notNamed = (why: string): Check =>
  failed({ name: 'database' }, why, 'see that it runs and that DATABASE_URL names it');

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
