import { createHash, randomBytes } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readOrWriteOnce } from '../../config/secrets/write-once.js';
import { canReach, chooseAccount, ignoreAbsence, locateBinaries, ROOTS_HOME } from './embedded-binaries.js';
import { createCluster, type Cluster } from './embedded-cluster.js';

type Log = (message: string) => void;

/** Returns the cluster of `dataDir`. Creates it on the first start. */
export async function openCluster(dataDir: string, log: Log): Promise<Cluster> {
  const directory = await chooseDirectory(dataDir, log);
  const account = await chooseAccount(directory);
  const binaries = await locateBinaries(account);
  const makePassword = (): string => randomBytes(18).toString('hex');
  const { text: password } = readOrWriteOnce(join(dataDir, 'postgres.password'), makePassword);
  const cluster = { directory, password: password.trim(), account, binaries };
  if ((await stat(join(directory, 'PG_VERSION')).catch(ignoreAbsence)) === null) {
    log(`embedded postgres: creating a new database in ${directory}`);
    await createOnce(cluster);
  }
  return cluster;
}

/**
 * The directory for the data. When root keeps the project where PostgreSQL's user has no access, such as
 * `/root`, it is elsewhere.
 */
async function chooseDirectory(dataDir: string, log: Log): Promise<string> {
  const inside = join(dataDir, 'postgres');
  if (await canReach(dataDir, await chooseAccount(inside))) return inside;
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  const outside = join(ROOTS_HOME, `data-${name}`);
  log(`embedded postgres: its user cannot read ${dataDir}; the data is in ${outside}`);
  await mkdir(ROOTS_HOME, { recursive: true });
  return outside;
}

/**
 * Creates the cluster under another name and renames it: an incomplete cluster is never used, and of two
 * processes one wins.
 */
async function createOnce(cluster: Cluster): Promise<void> {
  const draft = `${cluster.directory}.${randomBytes(4).toString('hex')}`;
  await createCluster({ ...cluster, directory: draft });
  try {
    await rename(draft, cluster.directory);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const another = ['ENOTEMPTY', 'EEXIST', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
    if (!another || (await stat(join(cluster.directory, 'PG_VERSION')).catch(ignoreAbsence)) === null)
      throw error;
  }
}
