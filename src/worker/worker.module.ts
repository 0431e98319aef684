import { Module } from '@nestjs/common';
import { ActionModule } from '../action/action.module.js';
import { InstallationModule } from '../installation/installation.module.js';
import { SealingModule } from '../sealing/sealing.module.js';
import { StatusLinksModule } from '../status/status-links.module.js';
import { VercelModule } from '../vercel/vercel.module.js';
import { AllocationSeeds } from './ports/allocation-seeds.js';
import { InFlight } from './fetch/in-flight.js';
import { JobCompleter } from './fetch/job-completer.js';
import { JobFetcher } from './fetch/job-fetcher.js';
import { ProvisionerModule } from './provisioners/provisioner.module.js';
import { WorkerLifecycle } from './worker-lifecycle.js';
import { ActionRunRepository } from './ports/action-run.repository.js';
import { WorkerMaintenance } from './worker-maintenance.js';
import { NestStepPorts, WorkerPorts } from './ports/worker-ports.js';
import { FETCH_LIMITS } from './fetch/fetch.constants.js';
import { Worker } from './worker.js';

/** Moves actions on. Needs `CONFIG`, `GaugeReadings` and the database's providers from global modules. */
@Module({
  imports: [
    ActionModule,
    InstallationModule,
    ProvisionerModule,
    SealingModule,
    StatusLinksModule,
    VercelModule,
  ],
  providers: [
    { provide: FETCH_LIMITS, useValue: { concurrency: 240, perInstallation: 100, batchSize: 128 } },
    ActionRunRepository,
    AllocationSeeds,
    NestStepPorts,
    WorkerPorts,
    InFlight,
    JobFetcher,
    JobCompleter,
    WorkerMaintenance,
    Worker,
    WorkerLifecycle,
  ],
})
export class WorkerModule {}
