import 'reflect-metadata';
import { startApplication } from './application.js';
import type { Config } from './config/config.js';
import { ConfigError } from './config/problems.js';
import { migrate } from './database/migrate.js';
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
    await migrateAndSay(databaseUrl);
  } finally {
    await close();
  }
}

async function boot({ config, databaseUrl, close }: Ground): Promise<void> {
  if (!config.production) await migrateAndSay(databaseUrl);
  announce(config);
  const application = await startApplication(config, databaseUrl);
  say(`drawbridge: ${[...config.roles].join(' and ')} at ${application.url}`);
  onSignal(async () => {
    await application.stop();
    await close();
  });
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

/** The first signal shuts down in order, a second one at once. */
function onSignal(stop: () => Promise<void>): void {
  let stopping = false;
  const handle = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    say(`${signal}: shutting down`);
    setTimeout(() => process.exit(1), SHUTDOWN_LIMIT_MS).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGTERM', handle);
  process.on('SIGINT', handle);
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

main().catch(fail);
