import type { FastifyHelmetOptions } from '@fastify/helmet';
import { signInOf, type IdentityProvider } from './sign-in.js';

const NONE = ["'none'"];
const SELF = ["'self'"];

/** What a browser may do on our pages: run and load what we serve, talk to us and to the identity provider, nothing else. */
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
    // Whoever ends TLS in front of us decides about it.
    strictTransportSecurity: false,
  };
}
