import type { FastifyHelmetOptions } from '@fastify/helmet';
import { signInOf, type IdentityProvider } from './sign-in.js';

const NONE = ["'none'"];
const SELF = ["'self'"];

/**
 * The security policy of the console: scripts and styles of this server, requests to it and to the identity
 * provider.
 */
export function policyOf(provider: IdentityProvider | null): FastifyHelmetOptions {
  const { oidc } = signInOf(provider);
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: NONE,
        scriptSrc: SELF,
        styleSrc: SELF,
        imgSrc: [...SELF, 'data:'],
        connectSrc: oidc === null ? SELF : [...SELF, new URL(oidc.issuer).origin],
        baseUri: NONE,
        formAction: NONE,
        frameAncestors: NONE,
      },
    },
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' },
    // The proxy that terminates TLS decides about HSTS.
    strictTransportSecurity: false,
  };
}
