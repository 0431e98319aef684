/**
 * Writes what in deploy/ follows from something else:
 *
 * - the chart's copies of deploy/monitoring/, because a chart can read only its own folder;
 * - deploy/monitoring/prometheus-rule.yaml, the alert rules as the object that kustomize installs;
 * - kustomize's actions.yaml, a copy of config/actions.yaml, because kustomize can read only its own folder;
 * - the chart's README.md and the descriptions in its values.schema.json, from the comments in values.yaml;
 * - the variables that its values may name in `config`, from src/config/reference.ts.
 *
 *   node scripts/chart.ts           writes them
 *   node scripts/chart.ts --check   fails when one is not what it would write, or the chart's versions are not package.json's
 */
import { readFile } from 'node:fs/promises';
import { isMap, isScalar, parse, parseDocument, type Pair, type Scalar, type YAMLMap } from 'yaml';
import { SECRET_VARIABLES, VARIABLE_REFERENCE } from '../src/config/reference.ts';
import { writeOrCheck } from './fresh.ts';

const ROOT = new URL('../', import.meta.url);
const CHART = 'deploy/helm/drawbridge';
const read = (path: string): Promise<string> => readFile(new URL(path, ROOT), 'utf8');

/** A value that values.yaml documents: its path, its text, what it is by default. */
interface Described {
  readonly path: readonly string[];
  readonly text: string;
  readonly standard: unknown;
}

/** Comments that begin with `--` describe the value below them; a map without one is looked into. */
function describedOf(map: YAMLMap, above: readonly string[] = []): Described[] {
  return map.items.flatMap((item) => {
    const { key, value } = item as Pair<Scalar<string>>;
    const path = [...above, key.value];
    const first = item === map.items[0];
    const text = descriptionOf(key.commentBefore ?? (first ? map.commentBefore : undefined));
    if (text !== null) return [{ path, text, standard: isScalar(value) ? value.value : toJson(value) }];
    if (isMap(value)) return describedOf(value, path);
    throw new Error(`chart: values.yaml does not describe ${path.join('.')}`);
  });
}

const toJson = (node: unknown): unknown => (node as { toJSON(): unknown }).toJSON();

function descriptionOf(comment: string | null | undefined): string | null {
  const line = comment?.split('\n').findLast((line) => line.startsWith(' -- '));
  return line?.slice(' -- '.length) ?? null;
}

interface Schema {
  description?: string;
  properties?: Record<string, Schema>;
}

/** The schema with the descriptions in it; `description` comes first in each object. */
function describe(schema: Schema, described: readonly Described[]): Schema {
  for (const { path, text } of described) {
    const found = path.reduce<Schema | undefined>((at, key) => at?.properties?.[key], schema);
    if (found === undefined) throw new Error(`chart: values.schema.json does not know ${path.join('.')}`);
    const { description: _, ...rest } = found;
    for (const key of Object.keys(found)) delete found[key as keyof Schema];
    Object.assign(found, { description: text, ...rest });
  }
  return schema;
}

/** What the chart decides itself. */
const DECIDED = ['NODE_ENV', 'PORT', 'HOST', 'ROLES', 'ACTIONS_FILE'];
const NOT_IN_CONFIG: readonly string[] = [...DECIDED, ...SECRET_VARIABLES];

/**
 * `config` may name every variable of the server that is no secret and not the chart's own; what one may hold
 * is kept.
 */
function withVariables(schema: Schema): Schema {
  const config = schema.properties?.['config'];
  if (config === undefined) throw new Error('chart: values.schema.json does not know config');
  const named = Object.entries(VARIABLE_REFERENCE).filter(([name]) => !NOT_IN_CONFIG.includes(name));
  config.properties = Object.fromEntries(
    named.map(([name, { meaning }]) => {
      const { description: _, ...rest } = config.properties?.[name] ?? { type: 'string', minLength: 1 };
      return [name, { description: meaning, ...rest }];
    }),
  );
  return schema;
}

function readme(described: readonly Described[], version: string): string {
  const row = ({ path, text, standard }: Described): string =>
    `| \`${path.join('.')}\` | ${shown(standard)} | ${text.replaceAll('|', '\\|')} |`;
  return `# The Drawbridge chart

<!-- Written by scripts/chart.ts from values.yaml. Change it there and run \`node scripts/chart.ts\`. -->

Installs Drawbridge ${version} from one image: pods that answer requests, pods that move actions on, and a Job that migrates the database before
each of them is replaced. [docs/kubernetes.md](../../../docs/kubernetes.md) says how to install it and why it is as it is.

\`\`\`sh
kubectl create namespace drawbridge
kubectl label namespace drawbridge pod-security.kubernetes.io/enforce=restricted
kubectl -n drawbridge create secret generic drawbridge --from-env-file=secrets.env
helm install drawbridge deploy/helm/drawbridge -n drawbridge \\
  --set image.repository=registry.example.com/drawbridge \\
  --set ingress.enabled=true,ingress.host=drawbridge.example.com \\
  --set-file actionsFile=config/actions.yaml
\`\`\`

Three sets of values to start from, which the tests install as well: [small](ci/small-values.yaml), [production](ci/production-values.yaml) and
[private](ci/private-values.yaml). Values that are not below are refused.

## Values

| value | default | meaning |
| --- | --- | --- |
${described.map(row).join('\n')}
`;
}

/** A default as a cell: texts of several lines are named, not shown. */
function shown(value: unknown): string {
  if (typeof value === 'string' && value.includes('\n')) return 'as config/actions.yaml';
  return `\`${JSON.stringify(value).replaceAll('|', '\\|')}\``;
}

function prometheusRule(alerts: string): string {
  const indented = alerts.replaceAll(/^(?=.)/gm, '  ');
  return `# Written by scripts/chart.ts from alerts.yaml. Change it there and run \`node scripts/chart.ts\`.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: drawbridge
  labels:
    app.kubernetes.io/name: drawbridge
    app.kubernetes.io/instance: drawbridge
spec:
${indented}`;
}

async function written(): Promise<ReadonlyMap<string, string>> {
  const values = parseDocument(await read(`${CHART}/values.yaml`)).contents as YAMLMap;
  const described = describedOf(values);
  const present = JSON.parse(await read(`${CHART}/values.schema.json`)) as Schema;
  const schema = withVariables(describe(present, described));
  const alerts = await read('deploy/monitoring/alerts.yaml');
  const { version } = JSON.parse(await read('package.json')) as { version: string };
  return new Map([
    [`${CHART}/files/alerts.yaml`, alerts],
    [`${CHART}/files/dashboard.json`, await read('deploy/monitoring/dashboard.json')],
    ['deploy/monitoring/prometheus-rule.yaml', prometheusRule(alerts)],
    ['deploy/kustomize/base/actions.yaml', await read('config/actions.yaml')],
    [`${CHART}/values.schema.json`, `${JSON.stringify(schema, null, 2)}\n`],
    [`${CHART}/README.md`, readme(described, version)],
  ]);
}

/** What a person keeps in step with package.json and config/: said, not written. */
async function disagreements(): Promise<string[]> {
  const { version } = JSON.parse(await read('package.json')) as { version: string };
  const chart = parse(await read(`${CHART}/Chart.yaml`)) as { appVersion?: string };
  const values = parse(await read(`${CHART}/values.yaml`)) as { actionsFile?: string };
  const kustomization = parse(await read('deploy/kustomize/base/kustomization.yaml')) as {
    images?: { newTag?: string }[];
  };
  return [
    ...(chart.appVersion === version ? [] : [`${CHART}/Chart.yaml: appVersion must be ${version}`]),
    ...(kustomization.images?.[0]?.newTag === version
      ? []
      : [`deploy/kustomize/base/kustomization.yaml: the image's newTag must be ${version}`]),
    ...(values.actionsFile === (await read('config/actions.yaml'))
      ? []
      : [`${CHART}/values.yaml: actionsFile must be config/actions.yaml`]),
  ];
}

const files = [...(await written())].map(([path, text]) => ({ path, text: () => text }));
await writeOrCheck('scripts/chart.ts', files);
for (const problem of await disagreements()) {
  console.error(`scripts/chart.ts: ${problem}`);
  process.exitCode = 1;
}
