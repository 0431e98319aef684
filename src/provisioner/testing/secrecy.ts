/**
 * Which values nobody but the deployment may see, and whether they stand in a text. The rule: a value of `ready.secrets` is secret
 * unless it is known to be public. Public is what the request itself says, what is too short to be looked for, and what goes by a
 * name like HOST, PORT, USER or URL and holds no credentials. Whatever else is public has to be listed in `publicSecrets`.
 */
export interface Forbidden {
  /** For the failure: `the value of PGPASSWORD`. */
  readonly what: string;
  /** Each way in which it could be written. */
  readonly forms: readonly string[];
}

/** Shorter ones stand in every text by chance. */
const LEAST_LENGTH = 8;
/** So many characters of an encoding of derived bytes in a row are no chance either. */
const WINDOW = 16;

const SECRET_WORD =
  /(?:PASSWORD|PASSWD|PASSPHRASE|TOKEN|SECRETS?|APIKEY|CREDENTIALS?)$|^(?:PASS|PWD|KEYS?|AUTH|PRIVATE|DSN|CERT|PEM|SEED|SALT|CREDS?)$/;
const PUBLIC_WORD =
  /(?:HOST|HOSTNAME|PORT|USER|USERNAME|DATABASE|DBNAME|SSLMODE)$|^(?:NAME|DB|SCHEMA|REGION|ZONE|BUCKET|BRANCH|PROJECT|NAMESPACE|PREFIX|ENDPOINT|SERVER|ID|URL|URI|ORIGIN|DOMAIN|ADDRESS|MODE|VERSION|PUBLIC|PUBLISHABLE|TARGET|ENV|ENVIRONMENT|REF|SHA)$/;
const CREDENTIALS = /(?:password|passwd|pwd|secret|token|api_?key)\s*=/i;

/** `known`: all that the request says, as text. */
export function secretsOf(
  secrets: Readonly<Record<string, string>>,
  known: string,
  publicNames: ReadonlySet<string>,
): Forbidden[] {
  return Object.entries(secrets)
    .filter(([name, value]) => !publicNames.has(name) && !known.includes(value) && isSecret(name, value))
    .flatMap(([name, value]) => allOf(`the value of ${name}`, value));
}

/** Settings of the configuration that open something: by their name, or as a URL with a password. */
export function secretsOfConfig(config: unknown, path: readonly string[] = []): Forbidden[] {
  if (typeof config === 'string') {
    const secret = hasCredentials(config) || saysSecret(path.at(-1) ?? '');
    return secret ? allOf(`the setting ${path.join('.')}`, config) : [];
  }
  if (typeof config !== 'object' || config === null) return [];
  return Object.entries(config).flatMap(([key, value]) => secretsOfConfig(value, [...path, key]));
}

export function derivedBytes(label: string, bytes: Uint8Array): Forbidden {
  const buffer = Buffer.from(bytes);
  const encoded = [
    buffer.toString('hex'),
    buffer.toString('hex').toUpperCase(),
    buffer.toString('base64'),
    buffer.toString('base64url'),
  ];
  const first = [...bytes.subarray(0, 8)];
  const listed = [first.join(','), first.map((byte, at) => `"${at}":${byte}`).join(',')];
  return { what: `what derive("${label}") gave`, forms: [...encoded.flatMap(windows), ...listed] };
}

/** What of `forbidden` stands in `text`; null when nothing does. */
export function foundIn(text: string, forbidden: readonly Forbidden[]): string | null {
  return forbidden.find(({ forms }) => forms.some((form) => text.includes(form)))?.what ?? null;
}

function isSecret(name: string, value: string): boolean {
  if (saysSecret(name) || hasCredentials(value)) return true;
  return !wordsOf(name).some((word) => PUBLIC_WORD.test(word));
}

function saysSecret(name: string): boolean {
  const words = wordsOf(name);
  if (words.at(-1) === 'ID' || words.some((word) => /^PUBLI(?:C|SHABLE)$/.test(word))) return false;
  return words.some((word) => SECRET_WORD.test(word));
}

const wordsOf = (name: string): string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .split(/[^A-Z0-9]+/);

const hasCredentials = (value: string): boolean => passwordOf(value) !== null || CREDENTIALS.test(value);

function passwordOf(value: string): string | null {
  if (!URL.canParse(value)) return null;
  const { password } = new URL(value);
  return password === '' ? null : password;
}

/** The value, and the password in it where it is a URL. */
function allOf(what: string, value: string): Forbidden[] {
  const password = passwordOf(value);
  const all = [{ what, value }];
  if (password !== null) {
    all.push({ what: `the password in ${what}`, value: password });
    if (decoded(password) !== password)
      all.push({ what: `the password in ${what}`, value: decoded(password) });
  }
  return all
    .filter((one) => one.value.length >= LEAST_LENGTH)
    .map((one) => ({ what: one.what, forms: formsOf(one.value) }));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone % is allowed in a password
  }
}

function formsOf(value: string): string[] {
  const buffer = Buffer.from(value);
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value.toWellFormed()),
    buffer.toString('hex'),
    buffer.toString('base64').replace(/=+$/, ''),
    buffer.toString('base64url'),
  ];
}

function windows(text: string): string[] {
  return Array.from({ length: text.length - WINDOW + 1 }, (_, at) => text.slice(at, at + WINDOW));
}
