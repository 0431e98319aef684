import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { Provider, type ResourceIndicators } from 'oidc-provider';
import { OidcStorage } from './oidc-storage.js';

export const AUDIENCE = 'urn:drawbridge:operators';

export interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
  jwk: Record<string, unknown>;
}

/** A certified OpenID provider on loopback, which signs access tokens as JWTs. */
export interface TestIdentityProvider {
  readonly issuer: string;
  /** The current signing key. */
  readonly key: SigningKey;
  /** The number of requests so far, by path. */
  readonly asked: Map<string, number>;
  /** An access token that the provider issues, with these claims in addition to its own. */
  token(claims: Record<string, unknown>): Promise<string>;
  /** A token that the provider never issued, signed with its key or another one. */
  forge(
    claims: JWTPayload,
    options?: { key?: SigningKey; header?: Record<string, unknown> },
  ): Promise<string>;
  /** Replaces the signing key. The old key is no longer published. */
  rotate(): Promise<void>;
  /** Answers every request by `handler`; null: by the provider. */
  interfere(handler: ((request: IncomingMessage, response: ServerResponse) => boolean) | null): void;
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
const CLIENT = { id: 'tester', secret: 'the-secret-of-the-tester' };

export async function startIdentityProvider(): Promise<TestIdentityProvider> {
  let handler: Handler = (_, response) => void response.writeHead(503).end();
  let interfering: ((request: IncomingMessage, response: ServerResponse) => boolean) | null = null;
  const asked = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.set(path, (asked.get(path) ?? 0) + 1);
    if (interfering?.(request, response) !== true) handler(request, response);
  });
  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const claims: { value: Record<string, unknown> } = { value: {} };
  let key = await signingKey('first');
  const serve = (): void => void (handler = providerOf(issuer, key, claims));
  serve();
  const down = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    issuer,
    get key() {
      return key;
    },
    asked,
    token: async (value) => {
      claims.value = value;
      return accessToken(issuer);
    },
    forge: (payload, options = {}) =>
      sign({ iss: issuer, aud: AUDIENCE, ...payload }, options.key ?? key, options.header),
    rotate: async () => {
      key = await signingKey(`rotated-${Date.now()}`);
      serve();
    },
    interfere: (next) => void (interfering = next),
    down,
    up: () => listen(port),
    close: async () => {
      if (server.listening) await down();
    },
  };
}

export async function signingKey(kid: string, alg = 'RS256'): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  void publicKey;
  return { kid, privateKey, jwk: { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' } };
}

function providerOf(issuer: string, key: SigningKey, claims: { value: Record<string, unknown> }): Handler {
  const resourceIndicators: ResourceIndicators = {
    enabled: true,
    defaultResource: () => AUDIENCE,
    getResourceServerInfo: () => ({
      scope: '',
      audience: AUDIENCE,
      accessTokenFormat: 'jwt',
      accessTokenTTL: 600,
      jwt: { sign: { alg: 'RS256' } },
    }),
  };
  return new Provider(issuer, {
    jwks: { keys: [key.jwk] },
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators,
    },
    extraTokenClaims: () => claims.value,
    adapter: OidcStorage,
    ttl: { ClientCredentials: 600 },
  }).callback();
}

async function accessToken(issuer: string): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${CLIENT.id}:${CLIENT.secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: AUDIENCE }),
  });
  const body = (await response.json()) as { access_token?: string };
  if (body.access_token === undefined) throw new Error(`identity provider: ${JSON.stringify(body)}`);
  return body.access_token;
}

function sign(payload: JWTPayload, key: SigningKey, header: Record<string, unknown> = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iat: now, exp: now + 600, sub: 'somebody', ...payload })
    .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ: 'at+jwt', ...header })
    .sign(key.privateKey);
}
