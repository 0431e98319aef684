import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { PgBoss } from 'pg-boss';
import { ActionModule } from '../action/action.module.js';
import { ActionStore } from '../action/action-store.js';
import { VercelCallRecorder } from '../vercel/recorder/vercel-call-recorder.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.provider.js';
import { DatabaseWatch } from '../database/connection/database-watch.js';
import { Listener } from '../database/listener.js';
import { RelaxedSql, Sql } from '../database/sql.js';
import { InstallationModule } from '../installation/installation.module.js';
import { InstallationRepository } from '../installation/installation.repository.js';
import { deriveBytes, Sealing } from '../sealing/sealing.js';
import { seedContext } from '../action/allocation-key.js';
import { failure, logEvent } from '../log/log.js';
import { loadProvisioners, type LoadedProvisioners } from '../provisioner/loader.js';
import { statusUrls } from '../status/status-url.js';
import { VercelGateway, type GatewayCall } from '../vercel/gateway.js';
import { backoff } from '../vercel/request/retry.js';
import { countCall, readVercel } from '../metrics/vercel-calls.js';
import { workerActions, workerCapacity } from '../metrics/definitions/process.js';
import { Scrape } from '../metrics-endpoint/scrape.js';
import { JobCompleter } from './fetch/job-completer.js';
import { InFlight } from './fetch/in-flight.js';
import { JobFetcher } from './fetch/job-fetcher.js';
import { SYSTEM_CLOCK } from './run/clock.js';
import type { RunPorts } from './run/run-ports.js';
import { runRepositoryOf } from './run/run-repository.js';
import type { Tools } from './run/tools.js';
import { WorkerMaintenance } from './worker-maintenance.js';
import { Worker } from './worker.js';

const PROVISIONERS = Symbol('PROVISIONERS');
const RUNNING = Symbol('RUNNING');
const CONCURRENCY = 240;
const PER_INSTALLATION = 100;
const BATCH = 128;
/** How long a step under way may take to end on shutdown before it is interrupted: what is left of the 25 s is for writing it down. */
const GRACE_MS = 10_000;

const CHECK_MS = 15_000;

function runningOf(
  config: Config,
  store: ActionStore,
  installations: InstallationRepository,
  sealing: Sealing,
  gateway: VercelGateway,
  provisioners: LoadedProvisioners,
  database: DatabaseWatch,
): RunPorts {
  return {
    store,
    repository: runRepositoryOf(store),
    database,
    tools: {
      gateway,
      provisioners,
      actions: config.actions,
      statusUrl: statusUrls(config),
      derive: deriving(sealing),
      backoff,
      clock: SYSTEM_CLOCK,
    },
    seals: { seal: (seed, identity) => sealing.seal(seed, seedContext(identity)) },
    access: (views) => installations.lookup(views),
  };
}

function deriving(sealing: Sealing): Tools['derive'] {
  return ({ sealedSeed, identity, key }, label) => {
    if (sealedSeed === null) throw new Error(`worker: the seed of allocation ${key} is erased`);
    return deriveBytes(sealing.open(sealedSeed, seedContext(identity)), label);
  };
}

const gatewayOf = ({ vercel }: Config, calls: VercelCallRecorder): VercelGateway =>
  new VercelGateway({
    apiUrl: vercel.apiUrl,
    userAgent: 'drawbridge',
    onCall: (call) => noteCall(call, calls),
    onCircuit: (state) => logEvent(state === 'open' ? 'circuit-opened' : 'circuit-closed', {}),
  });

function noteCall({ about, durationMs, rateLimit, ...call }: GatewayCall, calls: VercelCallRecorder): void {
  countCall({ ...call, durationMs, rateLimit });
  if (about === null) return;
  calls.note({ ...call, ...about, durationMs: Math.round(durationMs), at: Date.now() });
}

const finisherOf = (boss: PgBoss, sql: Sql, relaxed: RelaxedSql, store: ActionStore): JobCompleter =>
  new JobCompleter(boss, sql, relaxed, store);

const pumpOf = (
  boss: PgBoss,
  relaxed: RelaxedSql,
  finisher: JobCompleter,
  hand: InFlight,
  running: RunPorts,
): JobFetcher =>
  new JobFetcher(boss, relaxed, finisher, hand, running, {
    concurrency: CONCURRENCY,
    perInstallation: PER_INSTALLATION,
    batchSize: BATCH,
  });

const upkeepOf = (boss: PgBoss, relaxed: RelaxedSql, store: ActionStore, hand: InFlight): WorkerMaintenance =>
  new WorkerMaintenance(boss, relaxed, store, hand);

/** Moves actions on. Needs `CONFIG` and the database's providers from modules that are global. */
@Module({
  imports: [ActionModule, InstallationModule],
  providers: [
    {
      provide: VercelCallRecorder,
      inject: [RelaxedSql],
      useFactory: (sql: RelaxedSql) => new VercelCallRecorder(sql),
    },
    {
      provide: VercelGateway,
      inject: [CONFIG, VercelCallRecorder],
      useFactory: gatewayOf,
    },
    {
      provide: PROVISIONERS,
      inject: [CONFIG],
      useFactory: ({ actions, production }: Config) =>
        loadProvisioners([...actions.values()], { production }),
    },
    {
      provide: RUNNING,
      inject: [
        CONFIG,
        ActionStore,
        InstallationRepository,
        Sealing,
        VercelGateway,
        PROVISIONERS,
        DatabaseWatch,
      ],
      useFactory: runningOf,
    },
    { provide: JobCompleter, inject: [PgBoss, Sql, RelaxedSql, ActionStore], useFactory: finisherOf },
    { provide: InFlight, useFactory: () => new InFlight() },
    {
      provide: JobFetcher,
      inject: [PgBoss, RelaxedSql, JobCompleter, InFlight, RUNNING],
      useFactory: pumpOf,
    },
    { provide: WorkerMaintenance, inject: [PgBoss, RelaxedSql, ActionStore, InFlight], useFactory: upkeepOf },
    {
      provide: Worker,
      inject: [JobFetcher, WorkerMaintenance, Listener],
      useFactory: (pump: JobFetcher, upkeep: WorkerMaintenance, listener: Listener) =>
        new Worker(pump, upkeep, listener),
    },
  ],
  exports: [VercelGateway],
})
export class WorkerModule
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  private handedBack: Promise<void> | null = null;

  constructor(
    private readonly worker: Worker,
    private readonly listener: Listener,
    private readonly gateway: VercelGateway,
    private readonly calls: VercelCallRecorder,
    private readonly hand: InFlight,
    private readonly scrape: Scrape,
    @Inject(PROVISIONERS) private readonly provisioners: LoadedProvisioners,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.scrape.before(() => this.readGauges());
    this.worker.start();
    await this.listener.connect();
    this.checkProvisioners();
  }

  private readGauges(): void {
    workerActions.set(this.hand.size);
    workerCapacity.set(CONCURRENCY);
    readVercel(this.gateway.circuit);
  }

  /** A backend that is away at boot is told, and no reason not to boot: actions for it are retried until their deadline. */
  private checkProvisioners(): void {
    this.provisioners
      .check(AbortSignal.timeout(CHECK_MS), (warning) => logEvent('provisioner-warning', { warning }))
      .catch((error: unknown) => logEvent('provisioners-not-ready', failure(error)));
  }

  /** Called as soon as the process is to end, whatever requests it still serves; resolves when nothing is in hand. */
  handBack(): Promise<void> {
    return (this.handedBack ??= this.worker.stop(GRACE_MS));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.handBack();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.gateway.close();
    await this.calls.close();
    await this.provisioners.close();
  }
}
