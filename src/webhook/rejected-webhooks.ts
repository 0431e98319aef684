import { Injectable } from '@nestjs/common';
import { GroupCommit } from '../database/group-commit.js';
import { InstallationRepository } from '../installation/installation.repository.js';
import { webhooksRejected } from '../metrics/definitions/intake.js';
import { NotAnEvent, parseEvent, type WebhookEvent } from './webhook-event.js';
import { isSignature } from './signature.js';

/** One statement at a time, whoever floods us: what does not find a place is counted as a stranger's. */
const LIMITS = { inFlight: 1, size: 100, waiting: 1_000 };

/**
 * Counts webhooks whose signature does not fit. Anybody can send those, so they tell nothing by themselves; one that names an installation
 * on record comes from Vercel, or from that very customer, and tells that the client secret is the wrong one.
 */
@Injectable()
export class RejectedWebhooks {
  private readonly known: GroupCommit<string, boolean>;

  constructor(installations: InstallationRepository) {
    this.known = new GroupCommit((ids) => installations.areOnRecord(ids), LIMITS);
  }

  /** Resolves once it is counted, which the answer does not wait for. Never rejects. */
  async note(body: Uint8Array, signature: string | undefined): Promise<void> {
    webhooksRejected.inc({
      reason: signature === undefined ? 'unsigned' : await this.reasonOf(body, signature),
    });
  }

  private async reasonOf(body: Uint8Array, signature: string): Promise<'wrong-signature' | 'wrong-secret'> {
    const id = isSignature(signature) ? installationIn(body) : null;
    if (id === null) return 'wrong-signature';
    // Too many wait, or the database is away, which has alerts of its own.
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
