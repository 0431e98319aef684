import type { DataSource } from 'typeorm';
import { createDataSource } from '../../database/schema/data-source.js';
import { openRuntime, type Runtime } from '../../boot/runtime.js';
import { Sealing } from '../../sealing/sealing.js';
import { errorText } from '../../errors/error-text.js';
import { printMessage } from '../print/print.js';
import { CommandError } from '../command-error.js';
import { keysInUse } from './in-use.js';
import { reseal, SEEDS, TOKENS } from './reseal.js';

/** The keys and their use. */
export interface Keys {
  /** The id of the first key, which encrypts new values. */
  current: string;
  /** In the order of ENCRYPTION_KEYS, followed by keys that it lacks. */
  keys: { id: string; held: boolean; tokens: number; seeds: number }[];
}

export interface Rotation extends Keys {
  resealed: { tokens: number; seeds: number };
  problems: string[];
}

/** Lists the keys and the number of values that use them. */
export const listKeys = (): Promise<Keys> => onDatabase((runtime, database) => keysOf(runtime, database));

/** Encrypts all values with the first key. May be repeated. */
export const rotateKeys = (): Promise<Rotation> =>
  onDatabase(async (runtime, database) => {
    const { encryptionKeys } = runtime.config;
    const [sealing, current] = [new Sealing(encryptionKeys), encryptionKeys[0]?.id ?? ''];
    const tokens = await reseal(database, sealing, current, TOKENS);
    const seeds = await reseal(database, sealing, current, SEEDS);
    return {
      ...(await keysOf(runtime, database)),
      resealed: { tokens: tokens.done, seeds: seeds.done },
      problems: [...tokens.problems, ...seeds.problems],
    };
  });

async function keysOf({ config }: Runtime, database: DataSource): Promise<Keys> {
  const used = await keysInUse(database);
  const held = config.encryptionKeys.map(({ id }) => id);
  const countOf = (id: string, kind: string): number =>
    used.find((one) => one.keyId === id && one.kind === kind)?.count ?? 0;
  const ids = [...new Set([...held, ...used.map(({ keyId }) => keyId)])];
  const keys = ids.map((id) => ({
    id,
    held: held.includes(id),
    tokens: countOf(id, 'token'),
    seeds: countOf(id, 'seed'),
  }));
  return { current: held[0] ?? '', keys };
}

async function onDatabase<T>(work: (runtime: Runtime, database: DataSource) => Promise<T>): Promise<T> {
  const runtime = await openRuntime(printMessage);
  try {
    const database = await connect(runtime.databaseUrl);
    try {
      return await work(runtime, database);
    } finally {
      await database.destroy();
    }
  } finally {
    await runtime.close();
  }
}

async function connect(url: string): Promise<DataSource> {
  try {
    return await createDataSource(url, { name: 'keys', max: 1 }).initialize();
  } catch (cause) {
    throw new CommandError(`keys: the database cannot be used: ${errorText(cause)}`, undefined, { cause });
  }
}
