import type { DataSource } from 'typeorm';
import { seedContext } from '../../../action/allocation-key.js';
import type { RuntimeReport } from '../../../boot/runtime.js';
import { Sealing, SealingError, tokenContext } from '../../../sealing/sealing.js';
import { keysInUse, type SealedValue } from '../../keys/in-use.js';
import { failed, ok, skipped, type Check } from '../check.js';
import { isBroken } from './configuration.js';

/** Checks whether ENCRYPTION_KEYS can decrypt the secrets in the database. */
export async function checkKeys(runtime: RuntimeReport, database: DataSource): Promise<Check[]> {
  const about = { name: 'keys' };
  const { encryptionKeys } = runtime.config;
  if (isBroken(runtime, 'ENCRYPTION_KEYS')) return [skipped(about, 'ENCRYPTION_KEYS is not valid')];
  if (encryptionKeys.length === 0) return [skipped(about, 'ENCRYPTION_KEYS is not set')];
  const [tables]: { there: boolean }[] = await database.query(
    `SELECT to_regclass('installation') IS NOT NULL AND to_regclass('allocation') IS NOT NULL AS there`,
  );
  if (tables?.there !== true) return [skipped(about, 'the tables do not exist: see migrations')];
  const used = await keysInUse(database);
  const sealing = new Sealing(encryptionKeys);
  const problems = used.flatMap((one) => problemOf(one, sealing) ?? []);
  if (problems.length > 0) return problems;
  const ids = encryptionKeys.map(({ id }) => id).join(', ');
  return [
    ok(about, `${used.reduce((sum, { count }) => sum + count, 0)} secret(s) can be decrypted with ${ids}`),
  ];
}

function problemOf({ keyId, owner, kind, sealed, count }: SealedValue, sealing: Sealing): Check | null {
  try {
    sealing.open(sealed, kind === 'token' ? tokenContext(owner) : seedContext(owner));
    return null;
  } catch (error) {
    if (!(error instanceof SealingError)) throw error;
    const things = kind === 'token' ? 'access token(s)' : 'seed(s) of allocations';
    return failed(
      { name: 'keys', subject: keyId },
      `${count} ${things} are encrypted with the key "${keyId}": ${error.message}`,
      `add the former key with the id "${keyId}" to ENCRYPTION_KEYS`,
    );
  }
}
