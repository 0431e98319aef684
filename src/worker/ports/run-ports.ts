import type { ActionClaims } from '../../action/claims/action-claims.repository.js';
import type { DatabaseWatch } from '../../database/connection/database-watch.js';
import type { JobSubject } from '../../database/queue/queue.js';
import type { InstallationAccess } from '../../installation/installation-access.js';
import type { RunRepository } from './run-repository.js';
import type { SeedSealer } from './seed-sealer.js';
import type { StepPorts } from './step-ports.js';

/** What the run loop uses from outside: the database, and the ports of its steps. */
export interface LoopPorts {
  readonly repository: RunRepository;
  readonly stepPorts: StepPorts;
  readonly sealer: SeedSealer;
  readonly database: Pick<DatabaseWatch, 'untilWritable'>;
  /** Tokens and resources, in the order of the subjects. */
  access(subjects: JobSubject[]): Promise<InstallationAccess[]>;
}

/** The ports of a process that also claims the actions that it runs. */
export interface RunPorts extends LoopPorts {
  readonly claims: Pick<ActionClaims, 'claim'>;
  readonly database: Pick<DatabaseWatch, 'outage' | 'untilWritable'>;
}
