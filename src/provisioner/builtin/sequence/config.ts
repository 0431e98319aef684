import { z } from 'zod';
import { type ConfigIssue, validate } from '../../plugin-config.js';
import type { ProvisionerPlugin } from '../../provisioner.js';
import { rejectUnknownKeys } from '../config-keys.js';
import { findReferences, mayComeFrom, type ReferencePlace, type StepReference } from './references.js';
import type { SequenceStep } from './step.js';

/** Returns the plugin of a step synchronously, or the reason why it has none. */
export type FindPlugin = (
  name: string,
) =>
  | { readonly ok: true; readonly plugin: ProvisionerPlugin }
  | { readonly ok: false; readonly message: string };

export type ReadSteps =
  | { readonly ok: true; readonly steps: readonly SequenceStep[] }
  | { readonly ok: false; readonly issues: readonly ConfigIssue[] };

const LIST = 'must be a list of steps, each with a name and a provisioner';
const NAME = 'must be 1 to 12 lower-case letters and digits, a letter first';
const SECRET = 'must be the name of a secret: letters, digits and _';

const rootShape = { steps: z.array(z.unknown(), { error: LIST }).min(1, LIST) };
const rootSchema = z.looseObject(rootShape).superRefine(rejectUnknownKeys(Object.keys(rootShape)));

const stepShape = {
  /** Names the step in messages, references, and keys of further steps with the same plugin. */
  name: z.string({ error: NAME }).regex(/^[a-z][a-z0-9]{0,11}$/, NAME),
  /** A builtin or an npm package. */
  provisioner: z
    .string({ error: 'must be the name of a provisioner' })
    .min(1, 'must be the name of a provisioner'),
  config: z.record(z.string(), z.unknown(), { error: 'must be a mapping' }).default({}),
  /** The secrets that the deployment gets. Default: all. */
  expose: z
    .array(z.string({ error: SECRET }).regex(/^[A-Za-z_][A-Za-z0-9_]*$/, SECRET), {
      error: 'must be a list of names of secrets',
    })
    .optional(),
};
const stepSchema = z.looseObject(stepShape).superRefine(rejectUnknownKeys(Object.keys(stepShape)));

type RawStep = z.infer<typeof stepSchema>;

/**
 * Validates the configuration of a sequence, and that of each step with its plugin's schema. Returns all
 * issues at once.
 */
export function readSteps(config: unknown, find: FindPlugin): ReadSteps {
  const root = rootSchema.safeParse(config);
  if (!root.success) return { ok: false, issues: root.error.issues.map(toIssue) };
  const names = root.data.steps.map(nameOf);
  const read = root.data.steps.map((parsed, index) => readStep(parsed, { names, index }, find));
  const issues = read.flatMap((one, index) => ('issues' in one ? one.issues.map(under(index)) : []));
  if (issues.length > 0) return { ok: false, issues };
  return { ok: true, steps: linkSteps(read.flatMap((one) => ('step' in one ? [one.step] : []))) };
}

type UnlinkedStep = Omit<SequenceStep, 'needed' | 'ownKeys'>;

function readStep(
  raw: unknown,
  place: ReferencePlace,
  find: FindPlugin,
): { step: UnlinkedStep } | { issues: readonly ConfigIssue[] } {
  const parsed = stepSchema.safeParse(raw);
  if (!parsed.success) return { issues: parsed.error.issues.map(toIssue) };
  const plugin = find(parsed.data.provisioner);
  const { found, problems } = findReferences(parsed.data.config, place);
  const checked = plugin.ok ? checkConfig(plugin.plugin, parsed.data.config, [...found, ...problems]) : null;
  const issues = [
    ...repeated(parsed.data.name, place),
    ...(plugin.ok ? [] : [{ path: ['provisioner'], text: plugin.message }]),
    ...problems.map(({ at, text }) => ({ path: ['config', ...at], text })),
    ...(checked?.issues ?? []).map(({ path, text }) => ({ path: ['config', ...path], text })),
  ];
  if (!plugin.ok || issues.length > 0) return { issues };
  return { step: toStep(parsed.data, plugin.plugin, found, checked?.value) };
}

function toStep(
  { name, config, expose }: RawStep,
  plugin: ProvisionerPlugin,
  references: readonly StepReference[],
  validated: unknown,
): UnlinkedStep {
  return { name, plugin, config, references, validated, expose: expose ?? null };
}

/** Ignores issues that a reference may cause: the configuration is validated again when it is filled in. */
function checkConfig(
  plugin: ProvisionerPlugin,
  config: Readonly<Record<string, unknown>>,
  references: readonly { readonly at: readonly string[] }[],
): { issues: readonly ConfigIssue[]; value?: unknown } {
  try {
    const checked = validate(plugin, config);
    if (checked.ok) return { issues: [], value: references.length === 0 ? checked.value : undefined };
    const issues = checked.issues.filter(({ path }) => !references.some(({ at }) => mayComeFrom(path, at)));
    return { issues };
  } catch (error) {
    // A schema may throw for a reference. It validates the filled-in configuration again.
    if (references.length > 0) return { issues: [] };
    return {
      issues: [{ path: [], text: `${plugin.name} failed to validate it: ${(error as Error).message}` }],
    };
  }
}

/** Adds to each step the secrets that later steps need, and whether it is the first of its plugin. */
function linkSteps(steps: readonly UnlinkedStep[]): SequenceStep[] {
  return steps.map((step, index) => {
    const referring = steps.flatMap(({ references }) => references.filter((one) => one.step === step.name));
    const needed = [...new Set(referring.map(({ secret }) => secret))].toSorted();
    const ownKeys = steps.findIndex(({ plugin }) => plugin.name === step.plugin.name) === index;
    return { ...step, needed, ownKeys };
  });
}

function repeated(name: string, { names, index }: ReferencePlace): ConfigIssue[] {
  const first = names.indexOf(name);
  return first === index ? [] : [{ path: ['name'], text: `"${name}" is already the name of steps.${first}` }];
}

const nameOf = (raw: unknown): string => {
  const name = (raw as { name?: unknown } | null)?.name;
  return typeof name === 'string' ? name : '';
};

const under =
  (index: number) =>
  ({ path, text }: ConfigIssue): ConfigIssue => ({ path: ['steps', String(index), ...path], text });

const toIssue = ({ path, message }: { path: PropertyKey[]; message: string }): ConfigIssue => ({
  path: path.map(String),
  text: message,
});
