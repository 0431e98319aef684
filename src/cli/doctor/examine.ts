import type { DataSource } from 'typeorm';
import { createDataSource } from '../../database/data.source.js';
import { accessOf } from '../../database/pooling.js';
import { surveyGround, type Survey } from '../../ground.js';
import { progress } from '../print/progress.js';
import { failed, skipped, type Check } from './check.js';
import { checkConfiguration, isBroken } from './configuration.js';
import { checkConnections } from './connections.js';
import { checkDatabase } from './database.js';
import { checkKeys } from './keys.js';
import { checkListen } from './listen.js';
import { checkPlugins } from './plugins.js';
import { checkPublic } from './public.js';
import { checkQueue, checkSchema } from './schema.js';
import { checkTemplates } from './templates.js';
import { checkTokens } from './tokens.js';
import { checkVercel } from './vercel.js';
import { reportOf, type Report } from './report.js';

/**
 * Looks at everything that a server which is started here would stand on. One thing that is broken does not keep the others from being
 * looked at.
 *
 * @param say told what happens to the embedded database
 */
export async function examine(say: (text: string) => void): Promise<Report> {
  const survey = await surveyGround(say);
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

async function examineAll(survey: Survey, database: DataSource | string): Promise<Check[]> {
  const onDatabase =
    typeof database === 'string' ? withoutDatabase(database) : await examineDatabase(survey, database);
  const plugins = await run('plugin', () => checkPlugins(survey));
  const templates = await run('template', () =>
    checkTemplates(survey, typeof database === 'string' ? null : database),
  );
  return [...onDatabase, ...plugins, ...templates, ...(await examineVercel(survey, database))];
}

function withoutDatabase(why: string): Check[] {
  return [
    failed({ name: 'database' }, why, 'see that it runs and that DATABASE_URL names it'),
    ...NEEDS_DATABASE.map((name) => skipped({ name }, 'the database cannot be reached')),
  ];
}

async function examineDatabase(survey: Survey, database: DataSource): Promise<Check[]> {
  const { sessionUrl } = accessOf(survey.config, survey.databaseUrl as string);
  return [
    ...(await run('database', () => checkDatabase(database))),
    ...(await run('migrations', () => checkSchema(database))),
    ...(await run('queue', () => checkQueue(database))),
    ...(await run('connections', () => checkConnections(database))),
    ...(await run('database-public', () => checkPublic(database))),
    ...(await run('listen', () => checkListen(sessionUrl))),
    ...(await run('keys', () => checkKeys(survey, database))),
  ];
}

async function examineVercel(survey: Survey, database: DataSource | string): Promise<Check[]> {
  if (isBroken(survey, 'VERCEL_API_URL'))
    return ['vercel', 'token'].map((name) => skipped({ name }, 'VERCEL_API_URL is not valid'));
  const vercel = await run('vercel', () => checkVercel(survey.config));
  if (typeof database === 'string')
    return [...vercel, skipped({ name: 'token' }, 'the database cannot be reached')];
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
    const why = error instanceof Error ? error.message : String(error);
    return [failed({ name }, `this check itself has failed: ${why}`, 'mend that and run it again')];
  }
}

/** Gives `work` an open database, or why there is none. */
async function withDatabase(
  survey: Survey,
  work: (database: DataSource | string) => Promise<Check[]>,
): Promise<Check[]> {
  const { databaseUrl, databaseProblem } = survey;
  if (isBroken(survey, 'DATABASE_URL')) return work('DATABASE_URL is not valid');
  if (databaseUrl === null) return work(databaseProblem ?? 'there is no database');
  progress('doctor: looking at database');
  const { sessionUrl } = accessOf(survey.config, databaseUrl);
  // A pooler that lends its sessions wants none that brings settings of its own.
  const limits = sessionUrl === null ? {} : { statementTimeoutMs: 60_000 };
  const database = createDataSource(sessionUrl ?? databaseUrl, { name: 'doctor', max: 2, ...limits });
  try {
    await database.initialize();
  } catch (error) {
    return work(`the database cannot be reached: ${reasonOf(error)}`);
  }
  try {
    return await work(database);
  } finally {
    await database.destroy();
  }
}

/** Several addresses may have been tried, which then stand behind an empty message. */
function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return message || code || String(error);
}
