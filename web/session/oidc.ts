import * as oauth from 'oauth4webapi';
import type { SignIn } from '../../src/console/sign-in.js';
import { rememberPlace } from './session.js';

export type OidcProvider = NonNullable<SignIn['oidc']>;

const PENDING = 'drawbridge.oidc';
const RETURN_PATH = '/console/signed-in';

/** Kept in the tab until the provider sends the browser back. */
interface Pending {
  verifier: string;
  state: string;
  nonce: string;
}

/** Opens the provider's sign-in page, which returns to `RETURN_PATH`. Rejects if it cannot be reached. */
export async function leaveForProvider(provider: OidcProvider, backTo: string): Promise<void> {
  const server = await discover(provider);
  const pending: Pending = {
    verifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
  };
  if (server.authorization_endpoint === undefined) throw new Error('the provider has no sign-in page');
  const url = new URL(server.authorization_endpoint);
  const challenge = await oauth.calculatePKCECodeChallenge(pending.verifier);
  const parameters = {
    client_id: provider.clientId,
    redirect_uri: redirectUri(),
    response_type: 'code',
    scope: provider.scope,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state: pending.state,
    nonce: pending.nonce,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  rememberPlace(backTo);
  location.assign(url);
}

/**
 * Returns the token for our API, from the address to which the provider sent the browser back. Returns the ID
 * token if the access token is not a JWT, because only the provider can read such an access token.
 *
 * @throws Error with the provider's reason
 */
export async function tokenFromReturn(provider: OidcProvider, returned: URL): Promise<string> {
  const kept = sessionStorage.getItem(PENDING);
  sessionStorage.removeItem(PENDING);
  if (kept === null) throw new Error('this tab did not start a sign-in');
  const { verifier, state, nonce } = JSON.parse(kept) as Pending;
  const server = await discover(provider);
  const client: oauth.Client = { client_id: provider.clientId };
  const parameters = oauth.validateAuthResponse(server, client, returned, state);
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    redirectUri(),
    verifier,
    insecureAllowed(provider),
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  return isJwt(tokens.access_token) ? tokens.access_token : (tokens.id_token ?? tokens.access_token);
}

async function discover(provider: OidcProvider): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(provider.issuer);
  const response = await oauth.discoveryRequest(issuer, insecureAllowed(provider));
  return oauth.processDiscoveryResponse(issuer, response);
}

const redirectUri = (): string => `${location.origin}${RETURN_PATH}`;
const isJwt = (token: string): boolean => token.split('.').length === 3;

/** Allows plain HTTP for a provider on this machine. */
function insecureAllowed({ issuer }: OidcProvider): { [oauth.allowInsecureRequests]: boolean } {
  const { hostname } = new URL(issuer);
  return { [oauth.allowInsecureRequests]: ['localhost', '127.0.0.1', '[::1]'].includes(hostname) };
}
