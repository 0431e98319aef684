import type { ActionDefinition } from '../../config/actions-file/action-definition.js';
import type { AllocationView } from '../../action/claims/action-view.js';
import type { LoadedProvisioners } from '../../provisioner/loader.js';
import type { StatusUrl } from '../../status/status-url.js';
import type { VercelGateway } from '../../vercel/gateway.js';
import type { Clock } from './clock.js';

/** What steps use from outside this process, and time. */
export interface StepPorts {
  readonly gateway: Pick<VercelGateway, 'getDeployment' | 'updateAction'>;
  readonly provisioners: Pick<LoadedProvisioners, 'for' | 'madeWith'>;
  readonly actions: ReadonlyMap<string, ActionDefinition>;
  /** URL of the action's status page; null without PUBLIC_URL. */
  readonly statusUrl: StatusUrl;
  readonly clock: Clock;
  /** Returns the same 32 bytes for the same seed and label. @throws Error when the seed cannot be read */
  derive(allocation: AllocationView, label: string): Uint8Array;
  /** Milliseconds to wait after `tries` failed tries. */
  backoff(tries: number): number;
}
