import { validate } from '../../plugin-config.js';
import type { DeprovisionRequest, Provisioner } from '../../provisioner.js';
import { didYouMean } from '../closest.js';
import { fillSome, fillSomeLiterally, literal } from '../partial-template.js';
import { stateOf, type States } from './handle.js';
import { fillReferences } from './references.js';
import { open, type SealedSecrets } from './sealing.js';
import { create } from '../../plugin-verbs.js';
import type { MadeStep, SequenceStep } from './step.js';

/**
 * `unknown`: secrets that it refers to are not stored, so it never started. `refused`: it can never start.
 * `once`: made for this call, and closed after it.
 */
export type FoundStep =
  | { readonly kind: 'known'; readonly provisioner: Provisioner; readonly once: boolean }
  | { readonly kind: 'unknown'; readonly step: string }
  | { readonly kind: 'refused'; readonly text: string };

/** Returns the provisioner of a step. Throws when the secrets in the handle cannot be decrypted. */
export function provisionerOf(step: MadeStep, states: States, request: DeprovisionRequest): FoundStep {
  if (step.fixed !== null) return { kind: 'known', provisioner: step.fixed, once: false };
  const sources = new Map<string, SealedSecrets | null>();
  for (const { step: name } of step.references) sources.set(name, sealedOf(name, states, request));
  const missing = step.references.find((one) => !holds(sources.get(one.step), one.secret));
  if (missing !== undefined) return { kind: 'unknown', step: missing.step };
  return filled(step, sources as Map<string, SealedSecrets>);
}

export function sealedOf(name: string, states: States, request: DeprovisionRequest): SealedSecrets | null {
  const { sealed } = stateOf(states, name);
  return sealed === undefined ? null : open(sealed, name, request);
}

/** Returns true when the secret is stored, or stored as not returned. */
export function holds(sealed: SealedSecrets | null | undefined, secret: string): boolean {
  return sealed !== null && sealed !== undefined && Object.hasOwn(sealed, secret);
}

function filled(step: SequenceStep, sources: ReadonlyMap<string, SealedSecrets>): FoundStep {
  const absent = step.references.find(
    (one) => one.fallback === null && sources.get(one.step)?.[one.secret] === null,
  );
  if (absent !== undefined)
    return refuse(absent.at, `step "${absent.step}" returned no secret ${absent.secret}`);
  const values: string[] = [];
  const valueOf = (name: string, secret: string, fallback: string | null): string => {
    const value = sources.get(name)?.[secret];
    if (typeof value !== 'string') return fallback ?? '';
    values.push(value, literal(value));
    return value;
  };
  try {
    const config = fillReferences(step.config, valueOf, step.plugin.templates ? fillSomeLiterally : fillSome);
    return checkedWith(step, config as Record<string, unknown>, values);
  } catch (error) {
    return refuse([], (error as Error).message);
  }
}

function checkedWith(
  step: SequenceStep,
  config: Record<string, unknown>,
  values: readonly string[],
): FoundStep {
  const checked = validate(step.plugin, config);
  if (checked.ok) return makeOnce(step, checked.value);
  const texts = checked.issues.map(({ path, text }) => refuse(path, redacted(values, text)).text);
  return { kind: 'refused', text: texts.join('; ') };
}

function makeOnce(step: SequenceStep, config: unknown): FoundStep {
  try {
    return { kind: 'known', provisioner: create(step.plugin, config), once: true };
  } catch (error) {
    return { kind: 'refused', text: (error as Error).message };
  }
}

const refuse = (path: readonly string[], text: string) =>
  ({ kind: 'refused', text: `${['config', ...path].join('.')}: ${text}` }) as const;

/** Removes secrets from a message: a schema may repeat the value that it rejects. */
function redacted(values: readonly string[], text: string): string {
  const secrets = values.filter(({ length }) => length > 3);
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, () => '…'), text);
}

/**
 * Returns the secrets that a deployment gets. `missing` describes an exposed secret that the step did not
 * return.
 */
export function exposed(
  step: SequenceStep,
  secrets: Readonly<Record<string, string>>,
): { secrets: Record<string, string>; missing: string | null } {
  if (step.expose === null) return { secrets: { ...secrets }, missing: null };
  const missing = step.expose.find((name) => !Object.hasOwn(secrets, name));
  if (missing !== undefined)
    return {
      secrets: {},
      missing:
        `it returned no secret ${missing}, which expose ` +
        `lists${didYouMean(missing, Object.keys(secrets))}`,
    };
  return {
    secrets: Object.fromEntries(step.expose.map((name) => [name, secrets[name] as string])),
    missing: null,
  };
}
