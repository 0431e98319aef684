import type { DataSource } from 'typeorm';
import { createDataSource } from '../../database/schema/data-source.js';
import { openRuntime, type Runtime } from '../../boot/runtime.js';
import { Sealing } from '../../sealing/sealing.js';
import { errorText } from '../../errors/error-text.js';
import { writeError } from '../print/print.js';
import { Refusal } from '../refusal.js';
import { keysInUse } from './in-use.js';
import { reseal, SEEDS, TOKENS } from './reseal.js';

/** The keys, and what each of them is needed for. */
export interface Keys {
  /** The id of the first key: what is sealed from now on is sealed with it. */
  current: string;
  /** In the order of ENCRYPTION_KEYS, then those that it does not hold. */
  keys: { id: string; held: boolean; tokens: number; seeds: number }[];
}

export interface Rotation extends Keys {
  resealed: { tokens: number; seeds: number };
  problems: string[];
}

/** Which keys what is in the database needs. */
export const listKeys = (): Promise<Keys> => onDatabase((ground, database) => keysOf(ground, database));

/** Seals all that another key has sealed with the first one. May be repeated. */
export const rotateKeys = (): Promise<Rotation> =>
  onDatabase(async (ground, database) => {
    const { encryptionKeys } = ground.config;
    const [sealing, current] = [new Sealing(encryptionKeys), encryptionKeys[0]?.id ?? ''];
    const tokens = await reseal(database, sealing, current, TOKENS);
    const seeds = await reseal(database, sealing, current, SEEDS);
    return {
      ...(await keysOf(ground, database)),
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

async function onDatabase<T>(work: (ground: Runtime, database: DataSource) => Promise<T>): Promise<T> {
  const ground = await openRuntime(writeError);
  try {
    const database = await connect(ground.databaseUrl);
    try {
      return await work(ground, database);
    } finally {
      await database.destroy();
    }
  } finally {
    await ground.close();
  }
}

async function connect(url: string): Promise<DataSource> {
  try {
    return await createDataSource(url, { name: 'keys', max: 1 }).initialize();
  } catch (cause) {
    throw new Refusal(`keys: the database cannot be used: ${errorText(cause)}`, undefined, { cause });
  }
}
