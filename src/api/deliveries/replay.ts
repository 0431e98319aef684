import { v7 as uuid } from 'uuid';
import type { ActionIntake } from '../../action/intake/action-intake.repository.js';
import type { Config } from '../../config/config.js';
import { Problem } from '../../http/problems/problem.js';
import { parseEvent } from '../../webhook/webhook-event.js';
import { receivedWebhookOf } from '../../webhook/received-webhook.js';
import type { InstallationScope } from '../../access/scope/installation-scope.js';
import { actionOf, findDelivery } from './delivery-detail.js';

export interface Replay {
  /** The delivery to repeat, a UUID. */
  id: string;
  actor: `operator:${string}`;
  reason: string;
}

/**
 * Runs an event again as a delivery of its own, happening now: the table makes it harmless. Null when there is no such delivery.
 *
 * @throws Problem `conflict` for the removal of an installation, whose token would be erased: that takes an admin; and for an event of an
 *   action that was cleared away, which it would begin anew
 */
export async function replayDelivery(
  { id, actor, reason }: Replay,
  sight: InstallationScope,
  intake: ActionIntake,
  actions: Config['actions'],
): Promise<{ delivery: string; replayOf: string } | null> {
  const found = await findDelivery(sight, id);
  if (found === null) return null;
  const { text, event } = parseEvent(Buffer.from(found.body));
  if (event.kind === 'installation-removed') throw irreversible(event.installationId);
  if (found.action !== null && (await actionOf(sight, found)) === null) throw clearedAway(id);
  const eventId = `replay_${uuid()}`;
  const again = receivedWebhookOf(text, { ...event, id: eventId, createdAt: Date.now() }, actions);
  const { delivery } = await intake.receive({ ...again, replay: { of: id, actor, reason } });
  return { delivery, replayOf: id };
}

const clearedAway = (id: string): Problem =>
  new Problem(
    'conflict',
    `the action of delivery ${id} was finished and is cleared away; deploy again instead`,
  );

function irreversible(installationId: string): Problem {
  const detail = `this would erase the token of installation ${installationId}; DELETE the installation instead`;
  return new Problem('conflict', detail);
}
