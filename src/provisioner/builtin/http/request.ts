import type { DeprovisionRequest, ProvisionRequest } from '../../provisioner.js';
import type { HttpConfig } from './config.js';
import type { RemoteCall } from './remote.js';

export function provisionCall(request: ProvisionRequest, config: HttpConfig): RemoteCall {
  return toRemoteCall(request, config, { deployment: request.deployment });
}

export function deprovisionCall(request: DeprovisionRequest, config: HttpConfig): RemoteCall {
  return toRemoteCall(request, config, {});
}

function toRemoteCall(request: DeprovisionRequest, config: HttpConfig, more: object): RemoteCall {
  const { key, handle, installationId, signal } = request;
  const { id, settings } = request.resource;
  const derived = derivedOf(request, config.derive);
  const body = { protocol: 1, key, handle, installationId, resource: { id, settings }, ...more, derived };
  const secrets = [...Object.values(derived).flatMap(spellings), ...config.secret];
  return { key, body: JSON.stringify(body), signal, secrets };
}

/** The bytes of each label as the other side gets them, in base64url: a function cannot be sent. */
function derivedOf(request: DeprovisionRequest, labels: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    labels.map((label) => [label, Buffer.from(request.derive(label)).toString('base64url')]),
  );
}

/** As a server may write the bytes that it was sent: as they came, in plain base64, in hex. */
function spellings(derived: string): string[] {
  const bytes = Buffer.from(derived, 'base64url');
  const base64 = bytes.toString('base64').replace(/=+$/, '');
  const hex = bytes.toString('hex');
  return [...new Set([derived, base64, hex, hex.toUpperCase()])];
}
