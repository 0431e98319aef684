/** The surfaces that the code declares: metrics, log, problems and the command line. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadExport, type Loaded } from './built.ts';
import { toPlain, type Plain } from './plain.ts';

/** Name, type, label values and buckets. A label that is described in words counts by its name alone. */
export async function metricsOf(root: string): Promise<Plain> {
  const [definitions, registries] = [
    await loadExport(root, 'definitions'),
    await loadExport(root, 'registries'),
  ];
  const ours = definitions.map(({ help: _, note: __, labels = {}, ...rest }: Loaded) => ({
    ...rest,
    labels: Object.fromEntries(
      Object.entries(labels).map(([label, of]) => [label, typeof of === 'string' ? 'any' : of]),
    ),
  }));
  const exported = Object.entries<Loaded>(registries).map(([name, registry]) => ({
    name,
    metrics: registry.getMetricsAsArray().map((metric: Loaded) => ({
      name: metric.name,
      type: metric.type,
      labels: metric.labelNames,
      buckets: metric.upperBounds,
    })),
  }));
  return toPlain({ ours, exported });
}

export async function logOf(root: string): Promise<Plain> {
  const events = Object.entries<Loaded>(await loadExport(root, 'EVENTS', 'log'));
  const fields = await loadExport(root, 'FIELDS', 'log');
  return toPlain({
    events: Object.fromEntries(events.map(([name, { level, fields: of }]) => [name, { level, fields: of }])),
    fields: Object.keys(fields),
  });
}

/** Slug and status; the slug is part of the type, `urn:drawbridge:problem:<slug>`. */
export async function problemsOf(root: string): Promise<Plain> {
  const problems = Object.entries<Loaded>(await loadExport(root, 'PROBLEMS'));
  return toPlain(Object.fromEntries(problems.map(([slug, { status }]) => [slug, status])));
}

export async function commandsOf(root: string): Promise<Plain> {
  const program = (await loadExport(root, 'createProgram'))();
  const help = execFileSync(process.execPath, [join(root, 'dist/twin/main.js'), '--help'], {
    encoding: 'utf8',
  });
  const twin = [...new Set(help.match(/--[a-z][a-z-]*/g))];
  return toPlain({ exit: await loadExport(root, 'EXIT'), program: commandOf(program), twin });
}

function commandOf(command: Loaded): unknown {
  const argumentsOf = command.registeredArguments.map((one: Loaded) => ({
    name: one.name(),
    required: one.required,
    variadic: one.variadic,
    choices: one.argChoices,
    default: one.defaultValue,
  }));
  const options = command.options.map(
    ({ flags, mandatory, defaultValue, argChoices, conflictsWith, hidden }: Loaded) => ({
      name: flags,
      mandatory,
      default: defaultValue,
      choices: argChoices,
      conflictsWith,
      hidden,
    }),
  );
  return {
    name: command.name(),
    aliases: command.aliases(),
    arguments: argumentsOf,
    options,
    commands: command.commands.map(commandOf),
  };
}

/** Name, kind and attributes of each span. A test holds the page against real traces. */
export function spansOf(root: string): Plain {
  const page = readFileSync(join(root, 'docs/tracing.md'), 'utf8');
  const rows = page.matchAll(/^\| `([^`]+)` +\| ([A-Z]+) +\|(?:[^|]*)\|(.*)\|$/gm);
  const spans = [...rows].map(([, name = '', kind, attributes = '']) => {
    const named = [...attributes.matchAll(/`([a-z_]+(?:\.[a-z_]+)+)`/g)].map(
      ([, attribute = '']) => attribute,
    );
    return [name, { kind, attributes: named.toSorted((a, b) => a.localeCompare(b)) }] as const;
  });
  return toPlain(Object.fromEntries(spans));
}
