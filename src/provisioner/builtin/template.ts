/**
 * Templates in a configuration, filled in for each request: `${deployment.gitRef}`,
 * `${resource.settings.region}`, `${installation.id}`, `${allocation.key}`, with a default as in
 * `${deployment.gitRef:-main}`. `$${` is a literal `${`. `${NAME}` without a dot is an environment variable,
 * which Drawbridge replaces at boot.
 */
import type { DeprovisionRequest, Json, ProvisionRequest } from '../provisioner.js';
import { didYouMean } from './closest.js';

export const PLACEHOLDER = /\$\$\{|\$\{([^{}]*)\}|\$\{/g;
const REFERENCE = /^([a-z]+(?:\.[A-Za-z0-9_-]+)+)(?::-(.*))?$/s;
const DEPLOYMENT = ['id', 'url', 'target', 'projectId', 'projectName', 'gitRef', 'gitSha', 'pullRequest'];
const FIXED = [...DEPLOYMENT.map((field) => `deployment.${field}`), 'resource.id', 'installation.id'];
const KNOWN = [...FIXED, 'allocation.key'];

/** Does not quote the text, which may be part of a secret from the environment. */
const INVALID_REFERENCE = 'a "${" does not begin a reference';

/** Returns the value at a dotted path; null when it has none. */
export type TemplateLookup = (path: string) => string | null;

/** A reference in a text: its path and its default. */
export interface TemplateReference {
  readonly path: string;
  readonly fallback: string | null;
}

/** Replaces all references in `text`. Throws an Error that names a path without a value and a default. */
export function fill(text: string, lookUp: TemplateLookup): string {
  return text.replace(PLACEHOLDER, (match, inner: string | undefined) => {
    if (match === '$${') return '${';
    const reference = parse(inner);
    if (reference === null) throw new Error(INVALID_REFERENCE);
    const found = lookUp(reference.path);
    if (found !== null && found !== '') return found;
    if (reference.fallback !== null) return reference.fallback;
    throw new Error(`there is no ${reference.path}`);
  });
}

const WHOLE = /^\$\{[^{}]*\}$/;

/**
 * Fills in the template of a URL. Values are percent-encoded: the owner of a resource or a git branch may
 * choose one, and `app?host=…` would send the credentials of the URL to another host. Only a value that is
 * the whole URL is not encoded.
 */
export function fillUrl(template: string, lookUp: TemplateLookup): string {
  if (WHOLE.test(template)) return fill(template, lookUp);
  return fill(template, (path) => {
    const value = lookUp(path);
    return value === null ? null : encodeURIComponent(value);
  });
}

/** Returns the references of a text, and the parts that begin like a reference and are none. */
export function references(text: string): { found: TemplateReference[]; broken: string[] } {
  const matches = [...text.matchAll(PLACEHOLDER)].filter(([match]) => match !== '$${');
  const parsed = matches.map(([match, inner]) => ({ match, reference: parse(inner) }));
  return {
    found: parsed.flatMap(({ reference }) => reference ?? []),
    broken: parsed.flatMap(({ match, reference }) => (reference === null ? [match] : [])),
  };
}

/** Returns the problem of a template, for the boot; null when it has none. */
export function problemOf(text: string): string | null {
  const { found, broken } = references(text);
  if (broken.length > 0)
    return (
      `${INVALID_REFERENCE}: write \${deployment.gitRef}, or for a literal "\${" $\${, which is ` +
      `$$\${ in actions.yaml`
    );
  const unknown = found.find(({ path }) => !isKnown(path));
  return unknown === undefined ? null : unknownReference(unknown.path);
}

function isKnown(path: string): boolean {
  return KNOWN.includes(path) || path.startsWith('resource.settings.');
}

function unknownReference(path: string): string {
  if (path.startsWith('steps.')) return `\${${path}} is available only in a later step of a sequence`;
  return (
    `there is no \${${path}}${didYouMean(path, KNOWN)}; there are ${KNOWN.join(', ')} and ` +
    'resource.settings.…'
  );
}

/** Looks values up in a request. Those of `deployment` are null in a request without one. */
export function valuesOf(request: DeprovisionRequest | ProvisionRequest): TemplateLookup {
  const deployment = 'deployment' in request ? request.deployment : {};
  const root = {
    deployment,
    resource: request.resource,
    installation: { id: request.installationId },
    allocation: { key: request.key },
  };
  return (path) => {
    let value: unknown = root;
    for (const part of path.split('.')) value = ownValue(value, part);
    return asText(value as Json | undefined);
  };
}

function ownValue(value: unknown, part: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, part)
    ? (value as Record<string, unknown>)[part]
    : null;
}

function asText(value: Json | undefined): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Parses the text between the braces of a placeholder; null when it is not a reference. */
export function parse(inner: string | undefined): TemplateReference | null {
  const match = inner === undefined ? null : REFERENCE.exec(inner);
  return match === null ? null : { path: match[1] as string, fallback: match[2] ?? null };
}
