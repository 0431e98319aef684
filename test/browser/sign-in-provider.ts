import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { AUDIENCE, signingKey } from '../support/servers/identity-provider.js';

export const CLIENT_ID = 'drawbridge-console';

/** A certified OpenID provider where people sign in with any name. Its public client is the console. */
export interface SignInProvider {
  readonly issuer: string;
  /** Starts to serve. The console's address is known only after the provider's address. */
  serve(consoleOrigin: string, roles: string[]): Promise<void>;
  close(): Promise<void>;
}

export async function startSignInProvider(): Promise<SignInProvider> {
  let handler = (_: IncomingMessage, response: ServerResponse): void => void response.writeHead(503).end();
  const server = createServer((request, response) => handler(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    serve: async (consoleOrigin, roles) => {
      handler = await providerOf(issuer, consoleOrigin, roles);
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function providerOf(issuer: string, consoleOrigin: string, roles: string[]) {
  const { jwk } = await signingKey('sign-in');
  const resourceIndicators = {
    enabled: true,
    defaultResource: () => AUDIENCE,
    useGrantedResource: () => true,
    getResourceServerInfo: () => ({
      scope: 'openid',
      audience: AUDIENCE,
      accessTokenFormat: 'jwt' as const,
      accessTokenTTL: 600,
      jwt: { sign: { alg: 'RS256' } },
    }),
  };
  return new Provider(issuer, {
    jwks: { keys: [jwk] },
    cookies: { keys: ['a test signs its cookies with this'] },
    clients: [
      {
        client_id: CLIENT_ID,
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        redirect_uris: [`${consoleOrigin}/console/signed-in`],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    pkce: { required: () => true },
    clientBasedCORS: (_, origin) => origin === consoleOrigin,
    features: { devInteractions: { enabled: true }, resourceIndicators },
    extraTokenClaims: () => ({ roles }),
  }).callback();
}
