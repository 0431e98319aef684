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

/** Returns the derived bytes of each label, in base64url. */
function derivedOf(request: DeprovisionRequest, labels: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    labels.map((label) => [label, Buffer.from(request.derive(label)).toString('base64url')]),
  );
}

/** Returns the encodings in which a server may repeat derived bytes: base64url, base64 and hex. */
function spellings(derived: string): string[] {
  const bytes = Buffer.from(derived, 'base64url');
  const base64 = bytes.toString('base64').replace(/=+$/, '');
  const hex = bytes.toString('hex');
  return [...new Set([derived, base64, hex, hex.toUpperCase()])];
}
