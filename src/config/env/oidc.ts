import { VARIABLES, type EnvironmentVariables } from './env.js';
import type { Problems } from '../problems.js';
import { OPERATOR_ROLES, type OperatorRole } from '../secrets/secrets.js';
import { didYouMean } from '../suggest.js';

/** The company's identity provider, whose bearer tokens operators may use. */
export interface OidcConfig {
  /** The exact value of `iss`. */
  readonly issuer: string;
  readonly audience: string;
  /** The public client for sign-in in the console. Null: the console offers no sign-in. */
  readonly clientId: string | null;
  /** The scopes that the console requests, separated by spaces. */
  readonly scope: string;
  /** Name or dotted path of the claim with the roles: a text or a list of texts. */
  readonly roleClaim: string;
  /** Roles by claim value. */
  readonly roles: ReadonlyMap<string, OperatorRole>;
  /**
   * Name or dotted path of the claim that limits the token to installations. Null: tokens are not limited.
   */
  readonly installationsClaim: string | null;
}

const SCOPE = 'openid profile email';
const ROLES_FORM = 'claim value=role, comma-separated, such as drawbridge-admins=admin';

const FURTHER = VARIABLES.filter(
  (name) => name.startsWith('OPERATOR_OIDC_') && name !== 'OPERATOR_OIDC_ISSUER',
);

/** Reads the settings of the identity provider; null if none is configured. */
export function oidcOf(variables: EnvironmentVariables, problems: Problems): OidcConfig | null {
  const report = (name: string, text: string): void => problems.add('environment', name, text);
  const issuer = variables.OPERATOR_OIDC_ISSUER;
  if (issuer === undefined) {
    const set = FURTHER.filter((name) => variables[name] !== undefined);
    for (const name of set) report(name, 'has no effect without OPERATOR_OIDC_ISSUER');
    return null;
  }
  if (variables.NODE_ENV === 'production' && !isSafe(issuer))
    report('OPERATOR_OIDC_ISSUER', 'must be an https URL with NODE_ENV=production');
  if (variables.OPERATOR_OIDC_AUDIENCE === undefined)
    report('OPERATOR_OIDC_AUDIENCE', 'is required with OPERATOR_OIDC_ISSUER: the `aud` of the tokens');
  return {
    issuer,
    audience: variables.OPERATOR_OIDC_AUDIENCE ?? '',
    clientId: variables.OPERATOR_OIDC_CLIENT_ID ?? null,
    scope: variables.OPERATOR_OIDC_SCOPE ?? SCOPE,
    roleClaim: variables.OPERATOR_OIDC_ROLE_CLAIM ?? 'roles',
    roles: rolesOf(variables.OPERATOR_OIDC_ROLES, report),
    installationsClaim: variables.OPERATOR_OIDC_INSTALLATIONS_CLAIM ?? null,
  };
}

/** Keys fetched over plain HTTP could be forged, except on the same machine. */
function isSafe(issuer: string): boolean {
  if (!URL.canParse(issuer)) return true; // reported by the rule of the variable
  const { protocol, hostname } = new URL(issuer);
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

type Report = (name: string, text: string) => void;

function rolesOf(list: string | undefined, report: Report): Map<string, OperatorRole> {
  const entries = (list ?? '').split(',').map((entry) => entry.trim());
  const given = entries.filter((entry) => entry !== '');
  if (given.length === 0)
    report('OPERATOR_OIDC_ROLES', `is required with OPERATOR_OIDC_ISSUER: ${ROLES_FORM}`);
  const roles = new Map<string, OperatorRole>();
  for (const [index, entry] of given.entries()) addRole(entry, index, roles, report);
  return roles;
}

/** Splits at the last `=` because claim values such as directory groups may contain `=`. */
function addRole(entry: string, index: number, roles: Map<string, OperatorRole>, report: Report): void {
  const path = `OPERATOR_OIDC_ROLES[${index}]`;
  const at = entry.lastIndexOf('=');
  const [value, name] = [entry.slice(0, Math.max(at, 0)).trim(), entry.slice(at + 1).trim()];
  const role = OPERATOR_ROLES.find((known) => known === name);
  if (value === '') return report(path, `${JSON.stringify(entry)} is not ${ROLES_FORM}`);
  if (role === undefined) {
    const near = didYouMean(name, OPERATOR_ROLES);
    return report(path, `${JSON.stringify(name)} is none of ${OPERATOR_ROLES.join(', ')}${near}`);
  }
  if (roles.has(value)) return report(path, `the claim value ${JSON.stringify(value)} has a role already`);
  roles.set(value, role);
}
