import type { Operation } from '../../state-machine/action-state.js';

/** One webhook as the intake stores it. */
export interface ReceivedWebhook {
  /** The delivery's id, a UUID. */
  id: string;
  eventId: string;
  type: string;
  /** The raw body that was signed. */
  body: string;
  /** When Vercel made the event, epoch milliseconds. */
  createdAt: number;
  result: 'recorded' | 'ignored';
  operation: ReceivedOperation | null;
  /** The installation that was removed, according to Vercel. */
  removedInstallationId?: string;
  /** The installation that now belongs to another account, according to Vercel. */
  transferredInstallationId?: string;
  /** Set when an operator replays an event: the delivery `of` it repeats, its actor and its reason. */
  replay?: { of: string; actor: `operator:${string}`; reason: string };
  /** The trace context, while traces are made. The intake keeps it with the action that the webhook makes. */
  traceparent?: string;
}

/** What a webhook asks of one action. */
export interface ReceivedOperation {
  event: Operation;
  installationId: string;
  deploymentId: string;
  resourceId: string;
  action: string;
  /** Milliseconds from the event until Vercel has to have received the outcome. */
  deadlineMs: number;
}

/** The result of one webhook. */
export interface Receipt {
  delivery: string;
  result: 'recorded' | 'duplicate' | 'ignored';
  /**
   * Set for a cancel or cleanup that found no action of its own installation, while exactly one other
   * installation has an action of the same deployment, resource and slug: the id of that installation. That
   * action stays as it is: only an admin knows whether a resource moved.
   */
  ownedBy?: string;
}
