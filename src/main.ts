import 'reflect-metadata';
import { constants } from 'node:os';
import { startApplication } from './application.js';
import type { Config } from './config/config.js';
import { ConfigError } from './config/problems.js';
import { migrate } from './database/migrate.js';
import { accessOf } from './database/pooling.js';
import { refuseUnknownPooler } from './database/pooling.check.js';
import { openDatabase, openGround, type Ground } from './ground.js';
import { ProvisionerLoadError } from './provisioner/loader.js';
import { wordsOf } from './provisioner/plugin.words.js';

/** After this long a shutdown that hangs is ended by force; Kubernetes would do so at 30 s. */
const SHUTDOWN_LIMIT_MS = 25_000;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  if (process.argv[2] === 'migrate') return migrateOnly();
  const ground = await openGround(say);
  try {
    await boot(ground);
  } catch (error) {
    await ground.close();
    throw error;
  }
}

async function migrateOnly(): Promise<void> {
  const { databaseUrl, close } = await openDatabase(say);
  try {
    await refuseUnknownPooler({ url: databaseUrl, pooled: false, sessionUrl: databaseUrl });
    await migrateAndSay(databaseUrl);
  } finally {
    await close();
  }
}

async function boot({ config, databaseUrl, close }: Ground): Promise<void> {
  const access = accessOf(config, databaseUrl);
  await refuseUnknownPooler(access);
  if (!config.production && access.sessionUrl !== null) await migrateAndSay(access.sessionUrl);
  announce(config);
  const application = await startApplication(config, databaseUrl);
  say(`drawbridge: ${[...config.roles].join(' and ')} at ${application.url}`);
  stop = async () => {
    await application.stop();
    await close();
  };
}

async function migrateAndSay(url: string): Promise<void> {
  const done = await migrate(url);
  say(done.length > 0 ? `migrated: ${done.join(', ')}` : 'the database is up to date');
}

function announce(config: Config): void {
  for (const warning of config.warnings) say(`warning: ${warning}`);
  for (const { name, value, reused } of config.generated) {
    // The others are never typed by a person.
    const shown = name === 'OPERATOR_TOKENS' ? `: an admin's token is ${value}` : '';
    say(
      `${name} is not set; ${reused ? 'the one made earlier' : 'a fresh one'} is used for development${shown}`,
    );
  }
}

let stop: (() => Promise<void>) | null = null;
let stopping = false;

/**
 * The first signal shuts down in order, a second one at once, and so does the first while there is nothing to shut down yet: a process 1, as
 * in a container, is not ended by a signal that it does not listen to.
 */
function onSignal(signal: 'SIGTERM' | 'SIGINT'): void {
  if (stopping) process.exit(1);
  if (stop === null) process.exit(128 + constants.signals[signal]);
  stopping = true;
  say(`${signal}: shutting down`);
  setTimeout(() => process.exit(1), SHUTDOWN_LIMIT_MS).unref();
  stop().then(
    () => process.exit(0),
    (error: unknown) => fail(error),
  );
}

function fail(error: unknown): never {
  const expected = error instanceof ConfigError || error instanceof ProvisionerLoadError;
  say(
    expected
      ? error.message
      : `drawbridge: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  process.exit(1);
}

/**
 * A promise of a plugin's that nobody waits for must not end a process which serves others. What is thrown outside of a promise still
 * does, because nobody knows what it left half done; other workers take over.
 */
process.on('unhandledRejection', (reason) =>
  say(`drawbridge: a promise failed that nobody waits for: ${wordsOf(reason)}`),
);

process.on('SIGTERM', onSignal);
process.on('SIGINT', onSignal);
main().catch(fail);
