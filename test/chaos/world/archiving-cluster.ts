/**
 * A PostgreSQL server as an operator runs it: with its WAL on a volume of its own, an archive, and online
 * base backups.
 */
import { execFile } from 'node:child_process';
import { chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import {
  clusterUrl,
  createCluster,
  freePort,
  spawnServer,
  stopServer,
  untilReady,
  type Cluster,
  type EmbeddedServer,
} from '../../../src/database/embedded/embedded-cluster.js';
import { furnishCluster } from './cluster.js';

const FLAGS = [
  'fsync=off',
  'max_connections=200',
  'shared_buffers=64MB',
  'hot_standby=off',
  'archive_mode=on',
];

interface Places {
  readonly home: string;
  readonly data: string;
  readonly wal: string;
  readonly archive: string;
  readonly backup: string;
}

export class ArchivingCluster {
  private constructor(
    private readonly cluster: Cluster,
    private readonly port: number,
    private readonly at: Places,
    private server: EmbeddedServer,
    private readonly release: () => void,
  ) {}

  static async start(): Promise<ArchivingCluster> {
    const { home, cluster, release } = await furnishCluster('archiving');
    const [data, wal, archive, backup] = ['data', 'wal', 'archive', 'backup'].map((name) => join(home, name));
    const at = { home, data, wal, archive, backup } as Places;
    for (const folder of [at.wal, at.archive]) await makeFolder(folder, cluster);
    await createCluster(cluster, ['--no-sync', `--waldir=${at.wal}`]);
    const port = await freePort();
    const server = spawnServer(cluster, port, flagsOf(at), 'ignore');
    const archiving = new ArchivingCluster(cluster, port, at, server, release);
    await archiving.untilUp();
    return archiving;
  }

  get url(): string {
    return clusterUrl(this.cluster.password, this.port, 'postgres');
  }

  /** Copies the data directory of the running server. The WAL has the changes during the copy. */
  async baseBackup(): Promise<void> {
    const session = new pg.Client({ connectionString: this.url });
    await session.connect();
    try {
      await session.query(`SELECT pg_backup_start('drawbridge', fast => true)`);
      await copy(this.at.data, this.at.backup);
      const { rows } = await session.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop()');
      await this.write(join(this.at.backup, 'backup_label'), rows[0]?.labelfile ?? '');
    } finally {
      await session.end();
    }
    for (const name of ['postmaster.pid', 'postmaster.opts'])
      await rm(join(this.at.backup, name), { force: true });
  }

  /** Creates a restore point, and waits until the archive has it. */
  async restorePoint(name: string): Promise<void> {
    await this.query(`SELECT pg_create_restore_point('${name}')`);
    const [row] = await this.query<{ segment: string }>('SELECT pg_walfile_name(pg_switch_wal()) AS segment');
    const archived = `SELECT 1 FROM pg_stat_archiver WHERE last_archived_wal >= '${row?.segment}'`;
    while ((await this.query(archived)).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  /** Kills the server and deletes its data. `lost.wal` also deletes the WAL volume. */
  async destroy(lost: { wal: boolean }): Promise<void> {
    process.kill(this.server.pid, 'SIGQUIT');
    await this.server.exited;
    await rm(this.at.data, { recursive: true });
    if (!lost.wal) return;
    await rm(this.at.wal, { recursive: true });
    await makeFolder(this.at.wal, this.cluster);
  }

  /** Restores the base backup and replays the WAL to its end or to a restore point, at the same address. */
  async restore(point?: string): Promise<void> {
    await copy(this.at.backup, this.at.data);
    await this.write(join(this.at.data, 'recovery.signal'), '');
    const target =
      point === undefined ? [] : [`recovery_target_name=${point}`, 'recovery_target_action=promote'];
    this.server = spawnServer(this.cluster, this.port, flagsOf(this.at, target), 'ignore');
    await this.untilUp();
  }

  async stop(): Promise<void> {
    await stopServer(this.cluster);
    this.release();
    await rm(this.at.home, { recursive: true, force: true });
  }

  /** Writes a file that belongs to the server's user. */
  private async write(path: string, text: string): Promise<void> {
    await writeFile(path, text);
    await own(path, this.cluster);
  }

  private async query<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
    const session = new pg.Client({ connectionString: this.url });
    await session.connect();
    try {
      return (await session.query<Row>(text)).rows;
    } finally {
      await session.end();
    }
  }

  private async untilUp(): Promise<void> {
    const state = await untilReady(this.url, this.server);
    if (state !== 'ready') throw new Error(`archiving cluster: it does not start: ${state}`);
  }
}

function flagsOf({ archive }: Places, more: readonly string[] = []): string[] {
  const commands = [`archive_command=cp %p ${archive}/%f`, `restore_command=cp ${archive}/%f %p`];
  return [...FLAGS, ...commands, ...more].flatMap((flag) => ['-c', flag]);
}

async function makeFolder(path: string, cluster: Cluster): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  await own(path, cluster);
}

async function own(path: string, { account: { uid, gid } }: Cluster): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}

/**
 * Copies with owners and links. Ignores files that vanish during the copy, such as those of temporary tables:
 * a backup does not need them.
 */
function copy(from: string, to: string): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile('cp', ['-a', from, to], (error, _, complaints) => {
      const others = complaints
        .split('\n')
        .filter((line) => line !== '' && !line.endsWith('No such file or directory'));
      if (error !== null && others.length > 0)
        reject(new Error(`archiving cluster: ${others.join('; ')}`, { cause: error }));
      else resolve();
    });
  });
}
