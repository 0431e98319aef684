/**
 * What an installation applies: rendered manifests, alert rules, the dashboard, and the description of HTTP
 * provisioners.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { toPlain, withoutTexts, type Plain } from './plain.ts';

const CHART = 'deploy/helm/drawbridge';
const KUSTOMIZE = 'deploy/kustomize';
const MONITORING = 'deploy/monitoring';

type Fields = Record<string, unknown>;

/** Where the programs are: HELM and KUBECTL, else on PATH. */
const program = (name: 'helm' | 'kubectl'): string => process.env[name.toUpperCase()] ?? name;

/** The chart with each of its sets of values, and each kustomization. */
export function manifestsOf(root: string): Plain {
  const sets = readdirSync(join(root, CHART, 'ci')).map((file) => ['-f', join(CHART, 'ci', file)]);
  const rendered = [[], ...sets, ['--set', 'database.direct.enabled=true']].map((args) => {
    const output = run(root, 'helm', ['template', 'drawbridge', CHART, '-n', 'drawbridge', ...args]);
    return [`helm ${args.join(' ')}`, objectsIn(output)] as const;
  });
  const overlays = readdirSync(join(root, KUSTOMIZE, 'overlays')).map((name) => `overlays/${name}`);
  const built = ['base', ...overlays].map((name) => {
    const output = run(root, 'kubectl', ['kustomize', join(KUSTOMIZE, name)]);
    return [`kustomize ${name}`, objectsIn(output)] as const;
  });
  const schema: unknown = JSON.parse(read(root, `${CHART}/values.schema.json`));
  return toPlain({ ...Object.fromEntries([...rendered, ...built]), schema: withoutTexts(schema) });
}

function run(root: string, name: 'helm' | 'kubectl', args: readonly string[]): string {
  return execFileSync(program(name), args, { cwd: root, encoding: 'utf8', maxBuffer: 1e8 });
}

/** Objects by kind and name, without names and hashes that follow from the text of a file. */
function objectsIn(text: string): Fields {
  const documents = parseAllDocuments(text).map((document) => document.toJSON() as Fields | null);
  const objects = documents.filter((object) => object !== null);
  const named = objects.map((object) => {
    const { name } = object['metadata'] as { name: string };
    return [`${String(object['kind'])} ${withoutHash(name)}`, structureOf(object)] as const;
  });
  return Object.fromEntries(named);
}

const withoutHash = (name: string): string => name.replace(/^(drawbridge.*)-[a-z0-9]{10}$/, '$1');

/** Parses files inside a manifest, so that their comments do not count; reduces rules and dashboards. */
function structureOf(value: unknown, key = ''): unknown {
  if (key.startsWith('checksum/')) return 'of the text';
  if (key === 'groups') return groupsIn(value as Group[]);
  if (typeof value === 'string') return value.includes('\n') ? structureOf(parse(value)) : withoutHash(value);
  if (Array.isArray(value)) return value.map((one) => structureOf(one));
  if (typeof value !== 'object' || value === null) return value;
  if ('panels' in value) return dashboardIn(value);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, structureOf(one, name)]));
}

interface Group {
  readonly name: string;
  readonly rules: readonly { readonly annotations?: Record<string, string> }[];
}

/** Names, expressions, durations and labels. Annotations are texts, except the address of the runbook. */
const groupsIn = (groups: readonly Group[]): unknown =>
  groups.map(({ rules, ...group }) => ({
    ...group,
    rules: rules.map(({ annotations, ...rule }) => ({
      ...rule,
      annotations: annotations && Object.keys(annotations),
      runbook: annotations?.['runbook_url'],
    })),
  }));

/** Titles and descriptions of panels, and legends, are texts. */
function dashboardIn(dashboard: object): unknown {
  const texts = ['title', 'description', 'legendFormat', 'label'];
  const isText = (key: string, value: unknown): boolean => texts.includes(key) && typeof value === 'string';
  return JSON.parse(
    JSON.stringify(dashboard, (key, value: unknown) => (isText(key, value) ? undefined : value)),
  );
}

export function monitoringOf(root: string): Plain {
  const alerts = parse(read(root, `${MONITORING}/alerts.yaml`)) as { groups: Group[] };
  const dashboard = JSON.parse(read(root, `${MONITORING}/dashboard.json`)) as Fields;
  return toPlain({ groups: groupsIn(alerts.groups), dashboard: dashboardIn(dashboard) });
}

export const httpProvisionerOf = (root: string): Plain =>
  withoutTexts(parse(read(root, 'docs/http-provisioner.openapi.yaml')));

const read = (root: string, path: string): string => readFileSync(join(root, path), 'utf8');
