import {
  Inject,
  Logger,
  Module,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { PgBoss } from 'pg-boss';
import { DataSource } from 'typeorm';
import { ActionModule } from '../action/action.module.js';
import { ActionStore } from '../action/action.store.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.provider.js';
import { Listener } from '../database/listener.js';
import { InstallationModule } from '../installation/installation.module.js';
import { InstallationStore } from '../installation/installation.store.js';
import { deriveBytes, Sealing } from '../installation/sealing.js';
import { loadProvisioners, type LoadedProvisioners } from '../provisioner/loader.js';
import { VercelGateway } from '../vercel/gateway.js';
import { backoff } from '../vercel/retry.js';
import { Pump } from './pump.js';
import type { Running } from './run.js';
import type { Tools } from './tools.js';
import { Worker } from './worker.js';

const PROVISIONERS = Symbol('PROVISIONERS');
const CONCURRENCY = 200;
const PER_INSTALLATION = 100;
const BATCH = 100;
/** How long a step under way may take to end on shutdown before it is interrupted; below Kubernetes' usual 30 s. */
const GRACE_MS = 10_000;

const logger = new Logger('Worker');

const seedContext = (identity: string): string => `allocation:${identity}:seed`;

function toolsOf(
  config: Config,
  provisioners: LoadedProvisioners,
  gateway: VercelGateway,
  sealing: Sealing,
): Tools {
  return {
    gateway,
    provisioners,
    actions: config.actions,
    derive({ sealedSeed, identity, key }, label) {
      if (sealedSeed === null) throw new Error(`worker: the seed of allocation ${key} is erased`);
      return deriveBytes(sealing.open(sealedSeed, seedContext(identity)), label);
    },
    log: (level, message, fields) => {
      const entry = { msg: message, ...fields };
      if (level === 'info') logger.log(entry);
      else logger[level](entry);
    },
    backoff,
  };
}

function runningOf(
  store: ActionStore,
  tools: Tools,
  sealing: Sealing,
  installations: InstallationStore,
): Running {
  return {
    store,
    tools,
    seals: { seal: (seed, identity) => sealing.seal(seed, seedContext(identity)) },
    access: (views) => installations.lookup(views),
  };
}

/** Moves actions on. Needs `CONFIG` and the database's providers from modules that are global. */
@Module({
  imports: [ActionModule, InstallationModule],
  providers: [
    {
      provide: VercelGateway,
      inject: [CONFIG],
      useFactory: ({ vercel }: Config) =>
        new VercelGateway({ apiUrl: vercel.apiUrl, userAgent: 'drawbridge' }),
    },
    {
      provide: PROVISIONERS,
      inject: [CONFIG],
      useFactory: ({ actions, production }: Config) =>
        loadProvisioners([...actions.values()], { production }),
    },
    {
      provide: Pump,
      inject: [
        CONFIG,
        PgBoss,
        DataSource,
        ActionStore,
        InstallationStore,
        Sealing,
        VercelGateway,
        PROVISIONERS,
      ],
      useFactory: (
        config: Config,
        boss: PgBoss,
        database: DataSource,
        store: ActionStore,
        installations: InstallationStore,
        sealing: Sealing,
        gateway: VercelGateway,
        provisioners: LoadedProvisioners,
      ) => {
        const tools = toolsOf(config, provisioners, gateway, sealing);
        return new Pump(boss, database, store, runningOf(store, tools, sealing, installations), {
          concurrency: CONCURRENCY,
          perInstallation: PER_INSTALLATION,
          batchSize: BATCH,
          onError: logError,
        });
      },
    },
    {
      provide: Worker,
      inject: [Pump, Listener],
      useFactory: (pump: Pump, listener: Listener) => new Worker(pump, listener, logError),
    },
  ],
})
export class WorkerModule
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  constructor(
    private readonly worker: Worker,
    private readonly listener: Listener,
    private readonly gateway: VercelGateway,
    @Inject(PROVISIONERS) private readonly provisioners: LoadedProvisioners,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.worker.start();
    await this.listener.connect();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.worker.stop(GRACE_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.gateway.close();
    await this.provisioners.close();
  }
}

function logError(message: string, error: unknown): void {
  logger.error({ msg: message, err: error });
}
