/** As much of the package as the tests use; it brings no types. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  interface ResourceServer {
    scope: string;
    audience: string;
    accessTokenFormat: 'jwt';
    accessTokenTTL: number;
    jwt: { sign: { alg: string } };
  }

  interface Configuration {
    jwks: { keys: object[] };
    clients: object[];
    features: Record<string, object>;
    /** Which pages of other origins may call the endpoints. */
    clientBasedCORS?(context: unknown, origin: string, client: unknown): boolean;
    pkce?: { required(): boolean };
    cookies?: { keys: string[] };
    /** Where it keeps what it issues; a class of objects for one kind of them. */
    adapter?: new (model: string) => object;
    /** Seconds, by what is issued. */
    ttl?: Record<string, number>;
    extraTokenClaims(context: unknown, token: { clientId: string }): Record<string, unknown>;
  }

  export type ResourceIndicators = {
    enabled: boolean;
    defaultResource(): string;
    useGrantedResource?(): boolean;
    getResourceServerInfo(): ResourceServer;
  };

  export class Provider {
    constructor(issuer: string, configuration: Configuration);
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
  }
}
