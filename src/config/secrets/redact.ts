import type { Config } from '../config.js';

const HIDDEN = '***';

/** Returns the configuration for logs: secrets and passwords in URLs are `***`. */
export function describeConfig(config: Config): Record<string, unknown> {
  const { clientSecrets, ...vercel } = config.vercel;
  return {
    ...config,
    roles: [...config.roles],
    databaseUrl: config.databaseUrl === null ? null : hidePassword(config.databaseUrl),
    databaseDirectUrl: config.databaseDirectUrl === null ? null : hidePassword(config.databaseDirectUrl),
    vercel: { ...vercel, clientSecrets: clientSecrets.map(() => HIDDEN) },
    actions: [...config.actions.values()].map((action) => ({ ...action, config: hideTexts(action.config) })),
    encryptionKeys: config.encryptionKeys.map(({ id }) => ({ id, key: HIDDEN })),
    operatorTokens: config.operatorTokens.map(({ name, role, installations }) => ({
      name,
      role,
      sha256: HIDDEN,
      installations: installations && [...installations],
    })),
    oidc: config.oidc && { ...config.oidc, roles: Object.fromEntries(config.oidc.roles) },
    generated: config.generated.map(({ name, reused }) => ({ name, value: HIDDEN, reused })),
  };
}

/**
 * Replaces the password of a URL, and secrets in its parameters, by `***`. Returns `***` if the text is not a
 * URL.
 */
export function hidePassword(text: string): string {
  if (!URL.canParse(text)) return HIDDEN;
  const url = new URL(text);
  if (url.password !== '') url.password = HIDDEN;
  for (const name of new Set(url.searchParams.keys())) {
    if (/pass|secret|token|key/i.test(name)) url.searchParams.set(name, HIDDEN);
  }
  return url.href;
}

/** Hides every text, because a plugin's configuration may contain secrets under any key. */
function hideTexts(value: unknown): unknown {
  if (typeof value === 'string') return HIDDEN;
  if (Array.isArray(value)) return value.map(hideTexts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, hideTexts(child)]));
}
