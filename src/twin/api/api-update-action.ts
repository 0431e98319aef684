import {
  array,
  check,
  object,
  oneOf,
  optional,
  required,
  string,
  Wrong,
  type CheckedRequest,
} from './check.js';

/** The body of PATCH …/actions/{action} (contract 2). */
export interface UpdateAction {
  status?: 'running' | 'succeeded' | 'failed';
  statusText?: string;
  statusUrl?: string;
  outcomes?: { kind: string; secrets: { name: string; value: string }[] }[];
}

const URL_PATTERN = /^https?:\/\/|^sso:/;
/** The syntax of an absolute URI: scheme, colon, no blank and no unescaped character. */
const URI = /^[a-z][a-z0-9+.-]*:(?:[\w\-.~!$&'()*+,;=:@/?#[\]]|%[0-9a-f]{2})*$/i;
/** Letters, digits and `_`; does not begin with a digit (contract 2, "Limits"). */
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

const schema = object({
  status: optional(oneOf('running', 'succeeded', 'failed')),
  statusText: optional(string),
  statusUrl: optional(statusUrl),
  outcomes: optional(
    array(
      object({
        kind: required(string),
        secrets: required(array(object({ name: required(string), value: required(string) }))),
      }),
    ),
  ),
});

/** Checks what Vercel's schema requires: keys, types, enum, URI format and pattern. */
export function checkSchema(body: unknown): CheckedRequest<UpdateAction> {
  return check(schema, body);
}

/**
 * Checks the schema and the rules for environment variables of contract 2, "Limits" (names [L], empty values
 * [C] in Vercel's example).
 */
export function checkUpdateAction(body: unknown): CheckedRequest<UpdateAction> {
  return check((value, path) => {
    const update: UpdateAction = schema(value, path);
    for (const outcome of update.outcomes ?? []) {
      if (outcome.kind === 'resource-secrets') outcome.secrets.forEach(refuseBadSecret);
    }
    return update;
  }, body);
}

function statusUrl(value: unknown, path: string): string {
  const url = string(value, path);
  if (!URL_PATTERN.test(url) || !URI.test(url)) {
    throw new Wrong(`${path} must be a URI that begins with http://, https:// or sso:`);
  }
  return url;
}

function refuseBadSecret({ name, value }: { name: string; value: string }): void {
  if (!ENV_NAME.test(name)) {
    throw new Wrong(`body.outcomes contains ${JSON.stringify(name)}, which is not an environment variable`);
  }
  if (value === '') throw new Wrong(`body.outcomes has an empty value for ${name}`);
}
