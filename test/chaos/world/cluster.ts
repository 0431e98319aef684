import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseAccount, locateBinaries } from '../../../src/database/embedded/embedded-binaries.js';
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

const FLAGS = ['fsync=off', 'max_connections=200', 'shared_buffers=64MB'].flatMap((flag) => ['-c', flag]);

/** A PostgreSQL server that can crash and start again at the same address. */
export class CrashingCluster {
  private constructor(
    private readonly cluster: Cluster,
    private readonly port: number,
    private readonly home: string,
    private server: EmbeddedServer,
    private readonly release: () => void,
  ) {}

  static async start(): Promise<CrashingCluster> {
    const { home, cluster, release } = await furnishCluster('crashing');
    await createCluster(cluster, ['--no-sync']);
    const port = await freePort();
    const crashing = new CrashingCluster(
      cluster,
      port,
      home,
      spawnServer(cluster, port, FLAGS, 'ignore'),
      release,
    );
    await crashing.untilUp();
    return crashing;
  }

  get url(): string {
    return clusterUrl(this.cluster.password, this.port, 'postgres');
  }

  /** Kills the server as a crash does: asynchronous commits may be lost. */
  async crash(): Promise<void> {
    process.kill(this.server.pid, 'SIGQUIT');
    await this.server.exited;
  }

  async comeBack(): Promise<void> {
    this.server = spawnServer(this.cluster, this.port, FLAGS, 'ignore');
    await this.untilUp();
  }

  async stop(): Promise<void> {
    await stopServer(this.cluster);
    this.release();
    await rm(this.home, { recursive: true, force: true });
  }

  private async untilUp(): Promise<void> {
    const state = await untilReady(this.url, this.server);
    if (state !== 'ready')
      throw new Error(`cluster: the server at port ${this.port} does not start: ${state}`);
  }
}

/**
 * Creates a folder for a server whose data directory will be `data`. Server and folder are removed by
 * `release`, or when this process ends.
 */
export async function furnishCluster(
  name: string,
): Promise<{ home: string; cluster: Cluster; release: () => void }> {
  const account = await chooseAccount('/nowhere');
  const home = await mkdtemp(`/tmp/drawbridge-${name}-`);
  await chmod(home, 0o755);
  const binaries = await locateBinaries(account);
  const password = randomBytes(12).toString('hex');
  return {
    home,
    cluster: { directory: join(home, 'data'), password, account, binaries },
    release: endWithUs(home),
  };
}

/** Stops the server and removes its files when this process ends for any reason. */
function endWithUs(home: string): () => void {
  const kill = 'lock="$1/data/postmaster.pid"; [ -f "$lock" ] && kill -QUIT "$(head -n 1 "$lock")"';
  const script = `read line; [ "$line" = stopped ] || { ${kill}; sleep 2; rm -rf "$1"; }`;
  const guard = spawn('/bin/sh', ['-c', script, 'sh', home], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  (guard.stdin as typeof guard.stdin & { unref?: () => void }).unref?.();
  return () => guard.stdin.end('stopped\n');
}
