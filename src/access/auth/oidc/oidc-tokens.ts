import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import type { OidcConfig } from '../../../config/env/oidc.js';
import type { Operator } from '../operator-tokens.js';
import { installationsOf, nameOf, roleOf, textsOf } from './claims.js';
import { ProviderKeys, ProviderUnavailable, type ProviderKeysOptions } from './provider-keys.js';

/**
 * The result of checking a token of the identity provider. `why` never quotes the token. `foreign`: nothing
 * proves that the provider issued it.
 */
export type CheckedToken =
  | { kind: 'operator'; operator: Operator }
  | { kind: 'invalid'; why: string }
  | { kind: 'foreign'; why: string }
  | { kind: 'no-role'; name: string }
  | { kind: 'unavailable'; error: ProviderUnavailable };

/** Only asymmetric algorithms: with a shared secret or none, others could sign. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'];
const NEWER = ['EdDSA', 'Ed25519'];
/** Tolerated difference of clocks. */
const TOLERANCE_SECONDS = 10;

/** True if the text has the form of a signed JWT. */
export function isJwt(token: string): boolean {
  if (token.split('.').length !== 3) return false;
  try {
    return decodeProtectedHeader(token).alg !== undefined;
  } catch {
    return false; // not a JWT
  }
}

/** Authenticates operators by bearer tokens of the company's identity provider. */
export class OidcTokens {
  private readonly keys: ProviderKeys;

  /** @param taken names of operators of OPERATOR_TOKENS */
  constructor(
    private readonly config: OidcConfig,
    private readonly taken: ReadonlySet<string>,
    options: ProviderKeysOptions = {},
  ) {
    this.keys = new ProviderKeys(config.issuer, options);
  }

  async check(token: string): Promise<CheckedToken> {
    try {
      // Checks the issuer first: a foreign token must not trigger a request to the provider.
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
    if (name === null) return { kind: 'invalid', why: 'has no sub, email or user name' };
    const role = roleOf(textsOf(claims, roleClaim), roles);
    if (role === null) return { kind: 'no-role', name };
    const installations = installationsOf(claims, installationsClaim);
    const until = (claims.exp as number) * 1000;
    return { kind: 'operator', operator: { name, role, installations, until } };
  }
}

/** A published key that is not acceptable, such as an RSA key of 1024 bits. */
class UnusableKey extends errors.JWKInvalid {}

/** Converts errors of WebCrypto, which an unusable key causes, into {@link UnusableKey}. */
function blameKey(error: unknown): never {
  if (error instanceof errors.JOSEError || error instanceof ProviderUnavailable) throw error;
  throw new UnusableKey('the key cannot be used', { cause: error });
}

function unlessOtherKey(error: unknown): null {
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof UnusableKey) return null;
  throw error;
}

/** True if the signature was valid: jose checks claims only after the signature. */
const isGenuine = (error: errors.JOSEError): boolean =>
  error instanceof errors.JWTExpired ||
  error instanceof errors.JWTClaimValidationFailed ||
  error instanceof UnusableKey;

function whyOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'has expired';
  if (error instanceof UnusableKey)
    return 'is signed with a key that is not accepted: an RSA key must have at least 2048 bits';
  if (error instanceof errors.JWTClaimValidationFailed) return claimProblem(error);
  if (error instanceof errors.JOSEAlgNotAllowed) return 'is signed with an algorithm that is not accepted';
  if (error instanceof errors.JWKSNoMatchingKey)
    return 'is signed with a key that its issuer does not publish';
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return 'has a signature that is not its issuer’s';
  return 'is not a well-formed signed JWT';
}

function claimProblem({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (reason === 'missing') return `has no ${claim}`;
  if (claim === 'aud') return 'is for another audience';
  if (claim === 'nbf') return 'is not valid yet';
  return `has a ${claim} that is not accepted`;
}
