/** References `${steps.NAME.secrets.SECRET}` in the configuration of a step. */
import { didYouMean } from '../closest.js';
import { type FillIn } from '../partial-template.js';
import { type TemplateReference, references } from '../template.js';

export interface StepReference {
  /** The path of the text in the step's configuration. */
  readonly at: readonly string[];
  readonly step: string;
  readonly secret: string;
  readonly fallback: string | null;
}

export interface ReferenceProblem {
  readonly at: readonly string[];
  readonly text: string;
}

/** The names of all steps in order, and the index of this one. */
export interface ReferencePlace {
  readonly names: readonly string[];
  readonly index: number;
}

const FORM = /^steps\.([^.]+)\.secrets\.([A-Za-z_][A-Za-z0-9_]*)$/;

export function findReferences(
  config: unknown,
  place: ReferencePlace,
): { found: StepReference[]; problems: ReferenceProblem[] } {
  const all = texts(config, []).flatMap(({ at, text }) => stepPaths(text).map((one) => ({ at, ...one })));
  const parsed = all.map((one) => ({ ...one, parsed: parse(one.path) }));
  const found = parsed.flatMap(({ at, parsed, fallback }) => (parsed ? [{ at, ...parsed, fallback }] : []));
  const problems = parsed.flatMap(({ at, path, parsed }) => {
    const text = parsed === null ? malformed(path) : misplaced(parsed.step, place);
    return text === null ? [] : [{ at, text }];
  });
  return { found, problems };
}

/**
 * Returns a copy of `config` with each reference to a step replaced by `valueOf`. Inserted values are not
 * searched again.
 *
 * @param fill `fillSome`, or `fillSomeLiterally` for a plugin that fills the rest in itself
 */
export function fillReferences(
  config: unknown,
  valueOf: (step: string, secret: string, fallback: string | null) => string,
  fill: (text: string, fillIn: FillIn) => string,
): unknown {
  if (typeof config === 'string') {
    return fill(config, (reference) => {
      const parsed = parse(reference.path);
      return parsed && valueOf(parsed.step, parsed.secret, reference.fallback);
    });
  }
  if (Array.isArray(config)) return config.map((item) => fillReferences(item, valueOf, fill));
  if (typeof config !== 'object' || config === null) return config;
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, fillReferences(value, valueOf, fill)]),
  );
}

/**
 * Returns true when a reference at `at` may cause an issue at `path`: at its text, inside of it, or at a
 * parent.
 */
export function mayComeFrom(path: readonly string[], at: readonly string[]): boolean {
  const length = Math.min(path.length, at.length);
  return path.slice(0, length).every((key, index) => key === at[index]);
}

function texts(value: unknown, at: readonly string[]): { at: readonly string[]; text: string }[] {
  if (typeof value === 'string') return [{ at, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => texts(child, [...at, key]));
}

/** Returns the references to steps, also invalid ones such as `${steps.}`, which are then rejected. */
function stepPaths(text: string): TemplateReference[] {
  const { found, broken } = references(text);
  const torn = broken.filter((match) => match.startsWith('${steps.'));
  return [
    ...found.filter(({ path }) => path.startsWith('steps.')),
    ...torn.map((match) => ({ path: match.slice(2, -1), fallback: null })),
  ];
}

function parse(path: string): { step: string; secret: string } | null {
  const match = FORM.exec(path);
  return match === null ? null : { step: match[1] as string, secret: match[2] as string };
}

function malformed(path: string): string {
  return `"\${${path}}" is not a secret of a step; write \${steps.NAME.secrets.SECRET}`;
}

function misplaced(step: string, { names, index }: ReferencePlace): string | null {
  const earlier = names.slice(0, index);
  if (earlier.includes(step)) return null;
  if (names[index] === step)
    return `step "${step}" refers to itself; only secrets of earlier steps are available`;
  if (names.includes(step)) return `step "${step}" comes later; only secrets of earlier steps are available`;
  const known = earlier.length === 0 ? 'this is the first step' : `earlier steps are ${earlier.join(', ')}`;
  return `there is no earlier step "${step}"${didYouMean(step, earlier)}; ${known}`;
}
