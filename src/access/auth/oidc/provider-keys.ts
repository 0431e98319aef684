import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { fetchBounded } from './bounded-fetch.js';

/** The identity provider did not answer, or answered with something else than it should. */
export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable';
}

export interface ProviderKeysOptions {
  /** A key that is not known is looked for at most once in this long. */
  cooldownMs?: number;
  timeoutMs?: number;
}

const COOLDOWN_MS = 10_000;
const TIMEOUT_MS = 5_000;
/** Where the keys are is asked again after this long; until the provider has answered, the last answer stands. */
const REDISCOVER_MS = 3_600_000;

const documentSchema = z.looseObject({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

/**
 * The keys with which an identity provider signs, found through its discovery document when the first token comes: nothing is
 * asked before that. Whoever waits at the same time shares one question.
 */
export class ProviderKeys {
  private found: { keys: JWTVerifyGetKey; url: string; at: number } | null = null;
  private asking: Promise<JWTVerifyGetKey> | null = null;
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
   * The key that a token names.
   *
   * @throws ProviderUnavailable, or jose's error when no key, or more than one, fits the token
   */
  readonly keyOf: JWTVerifyGetKey = async (header, token) => {
    const keys = await this.keys();
    try {
      return await keys(header, token);
    } catch (error) {
      if (isAboutToken(error)) throw error;
      throw new ProviderUnavailable(`its keys cannot be read: ${wordsOf(error)}`, { cause: error });
    }
  };

  private async keys(): Promise<JWTVerifyGetKey> {
    const { found } = this;
    if (found !== null && performance.now() - found.at < REDISCOVER_MS) return found.keys;
    this.asking ??= this.discover().finally(() => (this.asking = null));
    if (found === null) return this.asking;
    return this.asking.catch(() => found.keys); // keys that cannot be read any more are told of by themselves
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
      const what = error instanceof z.ZodError ? 'it lacks issuer or jwks_uri' : wordsOf(error);
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

/** `fetch failed` says little; its cause knows why. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== ''
    ? `${error.message} (${cause.message})`
    : error.message;
}
