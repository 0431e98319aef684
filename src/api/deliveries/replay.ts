import { v7 as uuid } from 'uuid';
import type { ActionIntake } from '../../action/intake/action-intake.repository.js';
import type { Config } from '../../config/config.js';
import { Problem } from '../../http/problems/problem.js';
import { parseEvent } from '../../webhook/webhook-event.js';
import { receivedWebhookOf } from '../../webhook/event-conversion.js';
import type { InstallationScope } from '../../access/scope/installation-scope.js';
import { actionOf, findDelivery } from './delivery-detail.js';

export interface ReplayRequest {
  /** The delivery to repeat, a UUID. */
  id: string;
  actor: `operator:${string}`;
  reason: string;
}

/**
 * Processes an event again, now, as a new delivery. The transition table rejects what the state no longer
 * allows. Returns null if the delivery does not exist.
 *
 * @throws Problem `conflict` for the removal of an installation, which would erase its token and requires an
 * admin; and for an event whose action was purged, which the event would create again
 */
export async function replayDelivery(
  { id, actor, reason }: ReplayRequest,
  scope: InstallationScope,
  intake: ActionIntake,
  actions: Config['actions'],
): Promise<{ delivery: string; replayOf: string } | null> {
  const found = await findDelivery(scope, id);
  if (found === null) return null;
  const { text, event } = parseEvent(Buffer.from(found.body));
  if (event.kind === 'installation-removed') throw irreversible(event.installationId);
  if (found.action !== null && (await actionOf(scope, found)) === null) throw purged(id);
  const eventId = `replay_${uuid()}`;
  const again = receivedWebhookOf(text, { ...event, id: eventId, createdAt: Date.now() }, actions);
  const { delivery } = await intake.receive({ ...again, replay: { of: id, actor, reason } });
  return { delivery, replayOf: id };
}

const purged = (id: string): Problem =>
  new Problem('conflict', `the action of delivery ${id} has finished and was purged; deploy again instead`);

function irreversible(installationId: string): Problem {
  const detail = `a replay would erase the token of installation ${installationId}; DELETE the installation instead`;
  return new Problem('conflict', detail);
}
