import 'reflect-metadata';
import { constants } from 'node:os';
import { startApplication } from './boot/application.js';
import type { Config } from './config/config.js';
import { ConfigError } from './config/problems.js';
import { migrate } from './database/schema/migrate.js';
import { accessOf } from './database/connection/pooling.js';
import { refuseUnknownPooler } from './database/connection/pooling-check.js';
import { refusalOf, refuseUselessDatabase } from './database/connection/preflight.js';
import { openDatabase, openRuntime, type Runtime } from './boot/runtime.js';
import { setLogLevel, logEvent } from './log/log.js';
import { ProvisionerLoadError } from './provisioner/loader.js';
import { errorText } from './errors/error-text.js';
import { VERSION } from './version.js';

/** After this long a shutdown is cut short, which costs nothing but time: what is in hand is taken over when its lease lapses. */
const SHUTDOWN_LIMIT_MS = 25_000;

/** For whoever sits before a terminal; in production the log says the same as events, one JSON line each. */
const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  if (process.argv[2] === 'migrate') return migrateOnly();
  const ground = await openRuntime(say);
  try {
    await boot(ground);
  } catch (error) {
    await ground.close();
    throw error;
  }
}

async function migrateOnly(): Promise<void> {
  const { url, production, logLevel, close } = await openDatabase(say);
  setLogLevel(logLevel);
  try {
    await refuseUnknownPooler({ url, pooled: false, sessionUrl: url });
    await refuseUselessDatabase({ url, pooled: false });
    await migrateAndSay(url, production);
  } finally {
    await close();
  }
}

async function boot({ config, databaseUrl, close }: Runtime): Promise<void> {
  setLogLevel(config.logLevel);
  const access = accessOf(config, databaseUrl);
  await refuseUnknownPooler(access);
  await refuseUselessDatabase(access);
  if (!config.production && access.sessionUrl !== null)
    await migrateAndSay(access.sessionUrl, config.production);
  announce(config);
  const { url, stop, inHand } = await startApplication(config, databaseUrl);
  const roles = [...config.roles];
  if (!config.production) say(`drawbridge: ${roles.join(' and ')} at ${url}`);
  logEvent('started', { url, roles: roles.toSorted().join(','), version: VERSION });
  running = {
    production: config.production,
    inHand,
    stop: async () => {
      await stop();
      await close();
    },
  };
}

async function migrateAndSay(url: string, production: boolean): Promise<void> {
  const migrations = await migrate(url);
  if (!production)
    say(migrations.length > 0 ? `migrated: ${migrations.join(', ')}` : 'the database is up to date');
  if (migrations.length > 0 || production) logEvent('database-migrated', { migrations });
}

function announce(config: Config): void {
  for (const warning of config.warnings) {
    if (!config.production) say(`warning: ${warning}`);
    logEvent('configuration-warning', { warning });
  }
  for (const { name, value, reused } of config.generated) {
    // The others are never typed by a person.
    const shown = name === 'OPERATOR_TOKENS' ? `: an admin's token is ${value}` : '';
    say(
      `${name} is not set; ${reused ? 'the one made earlier' : 'a fresh one'} is used for development${shown}`,
    );
  }
}

let running: { production: boolean; inHand(): number; stop(): Promise<void> } | null = null;
let stopping = false;

/**
 * The first signal shuts down in order, a second one at once, and so does the first while there is nothing to shut down yet: a process 1, as
 * in a container, is not ended by a signal that it does not listen to.
 */
function onSignal(signal: 'SIGTERM' | 'SIGINT'): void {
  if (stopping) process.exit(1);
  if (running === null) process.exit(128 + constants.signals[signal]);
  stopping = true;
  if (!running.production) say(`${signal}: shutting down`);
  logEvent('stopping', { signal });
  setTimeout(cutShort, SHUTDOWN_LIMIT_MS, running.inHand).unref();
  running.stop().then(
    () => {
      logEvent('stopped', {});
      process.exit(0);
    },
    (error: unknown) => fail(error),
  );
}

/** Not an error of ours: the database or a request took longer than there was time. */
function cutShort(inHand: () => number): never {
  logEvent('stopped-late', { count: inHand() });
  process.exit(1);
}

function fail(error: unknown): never {
  const expected = error instanceof ConfigError || error instanceof ProvisionerLoadError;
  say(
    expected
      ? error.message
      : (refusalOf(error) ??
          `drawbridge: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  );
  process.exit(1);
}

/**
 * A promise of a plugin's that nobody waits for must not end a process which serves others. What is thrown outside of a promise still
 * does, because nobody knows what it left half done; other workers take over.
 */
process.on('unhandledRejection', (reason) => logEvent('promise-failed', { error: errorText(reason) }));

process.on('SIGTERM', onSignal);
process.on('SIGINT', onSignal);
main().catch(fail);
