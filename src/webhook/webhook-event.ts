import { z } from 'zod';
import type { Operation } from '../state-machine/action-state.js';

/** The latest JavaScript date, in epoch milliseconds. */
const LAST_DATE = 8.64e15;

/** An id. It is stored and indexed, so its length is limited, and it must be valid text for PostgreSQL. */
const id = z
  .string()
  .min(1)
  .refine((text) => Buffer.byteLength(text) <= 255, 'must not be longer than 255 bytes')
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'must be plain text')
  .refine((text) => text !== '.' && text !== '..', 'must not be a relative path');

const envelope = z.looseObject({
  id,
  type: id,
  createdAt: z.number().min(0).max(LAST_DATE),
  payload: z.unknown().optional(),
});

const actionPayload = z.looseObject({
  installationId: id,
  resourceId: id,
  action: id,
  deployment: z.looseObject({ id }),
});
const installationPayload = z.looseObject({ installationId: id });
const connectionPayload = z.looseObject({ installationId: id, resourceId: id, projectId: id });

interface Envelope {
  id: string;
  type: string;
  /** Epoch milliseconds, Vercel's clock. */
  createdAt: number;
}

/** A webhook of Vercel (contract §1.2, §1.3). Every other type is `other` and only stored. */
export type WebhookEvent = Envelope &
  (
    | {
        kind: 'action';
        operation: Operation;
        installationId: string;
        resourceId: string;
        action: string;
        deploymentId: string;
      }
    | { kind: 'installation-removed' | 'installation-transferred'; installationId: string }
    | {
        kind: 'project-connected' | 'project-disconnected';
        installationId: string;
        resourceId: string;
        projectId: string;
      }
    | { kind: 'other' }
  );

/** Error for a body that is not an event. The message names what is missing and where. */
export class NotAnEvent extends Error {
  override readonly name = 'NotAnEvent';
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Returns the body's text and its event.
 *
 * @throws NotAnEvent
 */
export function parseEvent(body: Uint8Array): { text: string; event: WebhookEvent } {
  const text = decode(body);
  return { text, event: readEvent(json(text)) };
}

export function readEvent(value: unknown): WebhookEvent {
  const { id, type, createdAt, payload } = check(envelope, value);
  return { id, type, createdAt, ...readPayload(type, payload) };
}

type Payload<T = WebhookEvent> = T extends unknown ? Omit<T, keyof Envelope> : never;

function readPayload(type: string, payload: unknown): Payload {
  switch (type) {
    case 'deployment.integration.action.start':
      return action('start', payload);
    case 'deployment.integration.action.cancel':
      return action('cancel', payload);
    case 'deployment.integration.action.cleanup':
      return action('cleanup', payload);
    case 'integration-configuration.removed':
      return installation('installation-removed', payload);
    case 'integration-configuration.transferred':
      return installation('installation-transferred', payload);
    case 'integration-resource.project-connected':
      return connection('project-connected', payload);
    case 'integration-resource.project-disconnected':
      return connection('project-disconnected', payload);
    default:
      return { kind: 'other' };
  }
}

function action(operation: Operation, payload: unknown): Payload {
  const { installationId, resourceId, action, deployment } = check(actionPayload, withInstallation(payload));
  return { kind: 'action', operation, installationId, resourceId, action, deploymentId: deployment.id };
}

function installation(kind: 'installation-removed' | 'installation-transferred', payload: unknown): Payload {
  return { kind, installationId: check(installationPayload, withInstallation(payload)).installationId };
}

function connection(kind: 'project-connected' | 'project-disconnected', payload: unknown): Payload {
  const read = check(connectionPayload, withInstallation(payload));
  return {
    kind,
    installationId: read.installationId,
    resourceId: read.resourceId,
    projectId: read.projectId,
  };
}

/**
 * Reads the installation from `installationId` or `configuration.id`; some of Vercel's payloads and examples
 * lack one of them. Refuses two different values, which name two customers. Ignores an integration's id
 * (`oac_…`), which some of Vercel's examples contain.
 */
function withInstallation(payload: unknown): unknown {
  if (typeof payload !== 'object' || payload === null) return payload;
  const { installationId, configuration } = payload as { installationId?: unknown; configuration?: unknown };
  const names = [installationId, (configuration as { id?: unknown } | null | undefined)?.id].filter(
    (name) => name !== undefined && name !== null && !(typeof name === 'string' && name.startsWith('oac_')),
  );
  const wrong = names.find((name) => !id.safeParse(name).success);
  if (wrong !== undefined) return { ...payload, installationId: wrong };
  if (new Set(names).size <= 1) return { ...payload, installationId: names[0] };
  throw new NotAnEvent(
    `the body is not an event: payload.installationId ${JSON.stringify(names[0])} and ` +
      `payload.configuration.id ${JSON.stringify(names[1])} name two installations`,
  );
}

function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const where = result.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw new NotAnEvent(`the body is not an event: ${where.join('; ')}`);
}

function decode(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch (cause) {
    throw new NotAnEvent('the body is not UTF-8', { cause });
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new NotAnEvent('the body is not JSON', { cause });
  }
}
