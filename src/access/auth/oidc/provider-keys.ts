import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { fetchBounded } from './bounded-fetch.js';

/** The identity provider did not answer, or answered incorrectly. */
export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable';
}

export interface ProviderKeysOptions {
  /** Minimum time between two searches for an unknown key. */
  cooldownMs?: number;
  timeoutMs?: number;
}

const COOLDOWN_MS = 10_000;
const TIMEOUT_MS = 5_000;
/**
 * Time after which the discovery document is read again. The previous one is used until the provider answers.
 */
const REDISCOVER_MS = 3_600_000;

const documentSchema = z.looseObject({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

/**
 * The signing keys of an identity provider. Reads the discovery document when the first token arrives.
 * Concurrent callers share one request.
 */
export class ProviderKeys {
  private found: { keys: JWTVerifyGetKey; url: string; at: number } | null = null;
  private pending: Promise<JWTVerifyGetKey> | null = null;
  private readonly cooldownMs: number;
  private readonly timeoutMs: number;

  constructor(
    private readonly issuer: string,
    { cooldownMs = COOLDOWN_MS, timeoutMs = TIMEOUT_MS }: ProviderKeysOptions = {},
  ) {
    this.cooldownMs = cooldownMs;
    this.timeoutMs = timeoutMs;
  }

  /**
   * Returns the key of a token.
   *
   * @throws ProviderUnavailable, or jose's error if no key or more than one key matches the token
   */
  readonly keyOf: JWTVerifyGetKey = async (header, token) => {
    const keys = await this.keys();
    try {
      return await keys(header, token);
    } catch (error) {
      if (isAboutToken(error)) throw error;
      throw new ProviderUnavailable(`its keys cannot be read: ${messageOf(error)}`, { cause: error });
    }
  };

  private async keys(): Promise<JWTVerifyGetKey> {
    const { found } = this;
    if (found !== null && performance.now() - found.at < REDISCOVER_MS) return found.keys;
    this.pending ??= this.discover().finally(() => (this.pending = null));
    if (found === null) return this.pending;
    return this.pending.catch(() => found.keys); // reading the keys reports its own failures
  }

  private async discover(): Promise<JWTVerifyGetKey> {
    const url = await this.keysUrl();
    const { found } = this;
    const keys =
      found?.url === url
        ? found.keys
        : createRemoteJWKSet(new URL(url), {
            cooldownDuration: this.cooldownMs,
            timeoutDuration: this.timeoutMs,
            [customFetch]: fetchBounded,
          });
    this.found = { keys, url, at: performance.now() };
    return keys;
  }

  private async keysUrl(): Promise<string> {
    const { issuer, jwks_uri: url } = await this.document();
    if (issuer !== this.issuer)
      throw new ProviderUnavailable(`its discovery document names another issuer, ${issuer}`);
    if (this.issuer.startsWith('https:') && !url.startsWith('https:'))
      throw new ProviderUnavailable('its keys are not served over https');
    return url;
  }

  private async document(): Promise<z.infer<typeof documentSchema>> {
    const url = `${this.issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;
    try {
      const signal = AbortSignal.timeout(this.timeoutMs);
      const headers = { accept: 'application/json' };
      const response = await fetchBounded(url, { signal, headers, redirect: 'manual' });
      if (response.status !== 200) throw new Error(`status ${response.status}`);
      return documentSchema.parse(await response.json());
    } catch (error) {
      const what = error instanceof z.ZodError ? 'it lacks issuer or jwks_uri' : messageOf(error);
      throw new ProviderUnavailable(`its discovery document cannot be read: ${what}`, { cause: error });
    }
  }
}

function isAboutToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}

/** Appends the cause, because `fetch failed` alone does not name the reason. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== ''
    ? `${error.message} (${cause.message})`
    : error.message;
}
