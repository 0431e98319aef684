/**
 * Finds secrets in texts. A value of `ready.secrets` is secret unless one of these rules makes it public:
 * the request contains the value; the value is too short to search for; its name is one like HOST, PORT,
 * USER or URL and it contains no credentials; the kit's option `publicSecrets` lists its name.
 */
export interface SecretForms {
  /** Names the secret in a failure, such as `the value of PGPASSWORD`. */
  readonly what: string;
  /** The encodings in which the secret could occur. */
  readonly forms: readonly string[];
}

/** Shorter values occur in texts by chance. */
const MIN_LENGTH = 8;
/** A run of this many characters of encoded bytes does not occur by chance. */
const MIN_ENCODED_LENGTH = 16;

const SECRET_ENDINGS = 'PASSWORD|PASSWD|PASSPHRASE|TOKEN|SECRETS?|APIKEY|CREDENTIALS?';
const SECRET_WORDS = 'PASS|PWD|KEYS?|AUTH|PRIVATE|DSN|CERT|PEM|SEED|SALT|CREDS?';
const SECRET_WORD = new RegExp(`(?:${SECRET_ENDINGS})$|^(?:${SECRET_WORDS})$`);
const PUBLIC_ENDINGS = 'HOST|HOSTNAME|PORT|USER|USERNAME|DATABASE|DBNAME|SSLMODE';
const PUBLIC_WORDS = [
  'NAME|DB|SCHEMA|REGION|ZONE|BUCKET|BRANCH|PROJECT|NAMESPACE|PREFIX|ENDPOINT|SERVER|ID|URL|URI|ORIGIN',
  'DOMAIN|ADDRESS|MODE|VERSION|PUBLIC|PUBLISHABLE|TARGET|ENV|ENVIRONMENT|REF|SHA',
].join('|');
const PUBLIC_WORD = new RegExp(`(?:${PUBLIC_ENDINGS})$|^(?:${PUBLIC_WORDS})$`);
const CREDENTIALS = /(?:password|passwd|pwd|secret|token|api_?key)\s*=/i;

/**
 * Returns the secret values of `ready.secrets`.
 *
 * @param requestText - the data of the request, as text
 */
export function secretsOf(
  secrets: Readonly<Record<string, string>>,
  requestText: string,
  publicNames: ReadonlySet<string>,
): SecretForms[] {
  return Object.entries(secrets)
    .filter(
      ([name, value]) => !publicNames.has(name) && !requestText.includes(value) && isSecret(name, value),
    )
    .flatMap(([name, value]) => formsWithPassword(`the value of ${name}`, value));
}

/** Returns the secrets of a configuration: values under a secret's name, and URLs with a password. */
export function secretsOfConfig(config: unknown, path: readonly string[] = []): SecretForms[] {
  if (typeof config === 'string') {
    const secret = hasCredentials(config) || isSecretName(path.at(-1) ?? '');
    return secret ? formsWithPassword(`the setting ${path.join('.')}`, config) : [];
  }
  if (typeof config !== 'object' || config === null) return [];
  return Object.entries(config).flatMap(([key, value]) => secretsOfConfig(value, [...path, key]));
}

export function derivedBytes(label: string, bytes: Uint8Array): SecretForms {
  const buffer = Buffer.from(bytes);
  const encoded = [
    buffer.toString('hex'),
    buffer.toString('hex').toUpperCase(),
    buffer.toString('base64'),
    buffer.toString('base64url'),
  ];
  const first = [...bytes.subarray(0, 8)];
  const listed = [first.join(','), first.map((byte, at) => `"${at}":${byte}`).join(',')];
  return { what: `the bytes of derive("${label}")`, forms: [...encoded.flatMap(windows), ...listed] };
}

/** Returns the name of the first secret that `text` contains; null when `text` contains none. */
export function foundIn(text: string, secrets: readonly SecretForms[]): string | null {
  return secrets.find(({ forms }) => forms.some((form) => text.includes(form)))?.what ?? null;
}

function isSecret(name: string, value: string): boolean {
  if (isSecretName(name) || hasCredentials(value)) return true;
  return !partsOf(name).some((part) => PUBLIC_WORD.test(part));
}

function isSecretName(name: string): boolean {
  const parts = partsOf(name);
  if (parts.at(-1) === 'ID' || parts.some((part) => /^PUBLI(?:C|SHABLE)$/.test(part))) return false;
  return parts.some((part) => SECRET_WORD.test(part));
}

const partsOf = (name: string): string[] =>
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

/** Returns the forms of the value and, when the value is a URL, of its password. */
function formsWithPassword(what: string, value: string): SecretForms[] {
  const password = passwordOf(value);
  const all = [{ what, value }];
  if (password !== null) {
    all.push({ what: `the password in ${what}`, value: password });
    if (decoded(password) !== password)
      all.push({ what: `the password in ${what}`, value: decoded(password) });
  }
  return all
    .filter((one) => one.value.length >= MIN_LENGTH)
    .map((one) => ({ what: one.what, forms: formsOf(one.value) }));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A password may contain a single %.
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
  return Array.from({ length: text.length - MIN_ENCODED_LENGTH + 1 }, (_, at) =>
    text.slice(at, at + MIN_ENCODED_LENGTH),
  );
}
