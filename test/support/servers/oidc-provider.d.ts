/** Types for the part of the package that the tests use; the package has none. */
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
    /** Decides which pages of other origins may call the endpoints. */
    clientBasedCORS?(context: unknown, origin: string, client: unknown): boolean;
    pkce?: { required(): boolean };
    cookies?: { keys: string[] };
    /** The storage of issued objects; one instance for each kind. */
    adapter?: new (model: string) => object;
    /** Seconds of validity, by kind. */
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
