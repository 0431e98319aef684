import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import type { OidcConfig } from '../../../config/env/oidc.js';
import type { Operator } from '../operator-tokens.js';
import { installationsOf, nameOf, roleOf, textsOf } from './claims.js';
import { ProviderKeys, ProviderUnavailable, type ProviderKeysOptions } from './provider-keys.js';

/**
 * What a token of the identity provider is worth. `why` speaks of the token and repeats nothing of it. `foreign`: nothing shows that the
 * provider gave it out.
 */
export type CheckedToken =
  | { kind: 'operator'; operator: Operator }
  | { kind: 'invalid'; why: string }
  | { kind: 'foreign'; why: string }
  | { kind: 'no-role'; name: string }
  | { kind: 'unavailable'; error: ProviderUnavailable };

/** Public keys check these; with a secret of both sides, or without any, everybody could sign. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'];
const NEWER = ['EdDSA', 'Ed25519'];
/** How far clocks may be apart. */
const TOLERANCE_SECONDS = 10;

/** Whether a text has the form of a signed JWT. */
export function isJwt(token: string): boolean {
  if (token.split('.').length !== 3) return false;
  try {
    return decodeProtectedHeader(token).alg !== undefined;
  } catch {
    return false; // whatever it is, it is no JWT: that is the answer
  }
}

/** Knows operators by bearer tokens of the company's identity provider. */
export class OidcTokens {
  private readonly keys: ProviderKeys;

  /** @param taken names of operators who are known otherwise */
  constructor(
    private readonly config: OidcConfig,
    private readonly taken: ReadonlySet<string>,
    options: ProviderKeysOptions = {},
  ) {
    this.keys = new ProviderKeys(config.issuer, options);
  }

  async check(token: string): Promise<CheckedToken> {
    try {
      // Before any key is looked for: what is not of this provider makes nobody ask it.
      if (decodeJwt(token).iss !== this.config.issuer)
        return { kind: 'foreign', why: 'is of another issuer' };
      return this.judge(await this.verify(token));
    } catch (error) {
      if (error instanceof ProviderUnavailable) return { kind: 'unavailable', error };
      if (error instanceof errors.JOSEError)
        return { kind: isGenuine(error) ? 'invalid' : 'foreign', why: whyOf(error) };
      throw error;
    }
  }

  private async verify(token: string): Promise<JWTPayload> {
    const { issuer, audience } = this.config;
    const options = {
      issuer,
      audience,
      algorithms: [...ALGORITHMS, ...NEWER],
      clockTolerance: TOLERANCE_SECONDS,
      requiredClaims: ['exp'],
    };
    try {
      return (await jwtVerify(token, this.keys.keyOf, options).catch(blameKey)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      for await (const key of error) {
        const verified = await jwtVerify(token, key, options).catch(blameKey).catch(unlessOtherKey);
        if (verified !== null) return verified.payload;
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
  }

  private judge(claims: JWTPayload): CheckedToken {
    const { roleClaim, roles, installationsClaim } = this.config;
    const name = nameOf(claims, this.taken);
    if (name === null) return { kind: 'invalid', why: 'names nobody: it has no sub' };
    const role = roleOf(textsOf(claims, roleClaim), roles);
    if (role === null) return { kind: 'no-role', name };
    const installations = installationsOf(claims, installationsClaim);
    const until = (claims.exp as number) * 1000;
    return { kind: 'operator', operator: { name, role, installations, until } };
  }
}

/** A key that its issuer publishes and that does not do, such as an RSA key of 1024 bits. */
class UnusableKey extends errors.JWKInvalid {}

/** A key that cannot be used makes jose, or WebCrypto below it, throw errors that are not jose's own. */
function blameKey(error: unknown): never {
  if (error instanceof errors.JOSEError || error instanceof ProviderUnavailable) throw error;
  throw new UnusableKey('the key cannot be used', { cause: error });
}

function unlessOtherKey(error: unknown): null {
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof UnusableKey) return null;
  throw error;
}

/** Claims are looked at after the signature turned out right. */
const isGenuine = (error: errors.JOSEError): boolean =>
  error instanceof errors.JWTExpired ||
  error instanceof errors.JWTClaimValidationFailed ||
  error instanceof UnusableKey;

function whyOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'has expired';
  if (error instanceof UnusableKey)
    return 'is signed with a key that is not accepted: an RSA key has to have 2048 bits or more';
  if (error instanceof errors.JWTClaimValidationFailed) return claimWords(error);
  if (error instanceof errors.JOSEAlgNotAllowed) return 'is signed with an algorithm that is not accepted';
  if (error instanceof errors.JWKSNoMatchingKey)
    return 'is signed with a key that its issuer does not publish';
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return 'has a signature that is not its issuer’s';
  return 'is not a well-formed signed JWT';
}

function claimWords({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (reason === 'missing') return `has no ${claim}`;
  if (claim === 'aud') return 'is for another audience';
  if (claim === 'nbf') return 'is not valid yet';
  return `has a ${claim} that is not accepted`;
}
