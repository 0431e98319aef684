import type { ActionDefinition } from '../../config/actions-file/action-definition.js';
import type { AllocationView } from '../../action/claims/action-view.js';
import type { LoadedProvisioners } from '../../provisioner/loader.js';
import type { StatusUrl } from '../../status/status-url.js';
import type { VercelGateway } from '../../vercel/gateway.js';

/** Everything that steps reach outside through. */
export interface Tools {
  gateway: VercelGateway;
  provisioners: LoadedProvisioners;
  actions: ReadonlyMap<string, ActionDefinition>;
  /** Where whoever deploys can follow an action; null where nowhere. */
  statusUrl: StatusUrl;
  /** Same key and label, same 32 bytes; throws when the seed cannot be read. */
  derive(allocation: AllocationView, label: string): Uint8Array;
  /** Milliseconds until try number `tries` of something outside. */
  backoff(tries: number): number;
}
