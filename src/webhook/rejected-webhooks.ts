import { Injectable } from '@nestjs/common';
import { GroupCommit } from '../database/group-commit.js';
import { InstallationRepository } from '../installation/installation.repository.js';
import { webhooksRejected } from '../metrics/definitions/intake.js';
import { NotAnEvent, parseEvent, type WebhookEvent } from './webhook-event.js';
import { isSignature } from './signature.js';

/** One lookup in flight. With a full queue, a webhook counts as `wrong-signature`. */
const LIMITS = { inFlight: 1, size: 100, waiting: 1_000 };

/**
 * Counts webhooks with a missing or wrong signature. Anybody can send such a webhook. If it names a known
 * installation, it comes from Vercel or that customer, and the client secret is probably wrong.
 */
@Injectable()
export class RejectedWebhooks {
  private readonly known: GroupCommit<string, boolean>;

  constructor(installations: InstallationRepository) {
    this.known = new GroupCommit((ids) => installations.areOnRecord(ids), LIMITS);
  }

  /** Resolves once the webhook is counted; the answer does not wait for it. Never rejects. */
  async note(body: Uint8Array, signature: string | undefined): Promise<void> {
    webhooksRejected.inc({
      reason: signature === undefined ? 'unsigned' : await this.reasonOf(body, signature),
    });
  }

  private async reasonOf(body: Uint8Array, signature: string): Promise<'wrong-signature' | 'wrong-secret'> {
    const id = isSignature(signature) ? installationIn(body) : null;
    if (id === null) return 'wrong-signature';
    // Rejects when the queue is full or the database unavailable. Both have their own alerts.
    const known = await this.known.submit(id).catch(() => false);
    return known ? 'wrong-secret' : 'wrong-signature';
  }
}

function installationIn(body: Uint8Array): string | null {
  try {
    return installationOf(parseEvent(body).event);
  } catch (error) {
    if (error instanceof NotAnEvent) return null;
    throw error;
  }
}

const installationOf = (event: WebhookEvent): string | null =>
  'installationId' in event ? event.installationId : null;
