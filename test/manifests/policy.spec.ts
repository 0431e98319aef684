import { beforeAll, describe, expect, it } from 'vitest';
import { findings } from './policy.js';
import { find, helm, helmSet, kustomize, SET_NAMES, SETS, valuesOf, type Manifest } from './render.js';

describe('the rendered objects violate no policy', () => {
  it.each(SET_NAMES)('by the chart, with the values %s', async (set) => {
    expect(findings(await helmSet(set))).toEqual([]);
  });

  it.each(Object.values(SETS))('by kustomize, in %s', async (folder) => {
    expect(findings(await kustomize(folder))).toEqual([]);
  });

  it('under a release name of the maximum length', async () => {
    const production = valuesOf('production');
    const long = await helm(production, 'r'.repeat(53));
    expect(long).toHaveLength((await helm(production)).length);
    expect(long.map(({ metadata }) => metadata.name).filter((name) => name.length > 63)).toEqual([]);
  });
});

/** Each policy is violated once, in the largest set, to prove that it is checked. */
describe('each policy', () => {
  let whole: Manifest[];
  beforeAll(async () => {
    whole = await helmSet('production');
  });

  const web = (all: Manifest[]): any => find(all, 'Deployment', 'drawbridge-web')['spec'];
  const pod = (all: Manifest[]): any => web(all).template.spec;
  const container = (all: Manifest[]): any => pod(all).containers[0];
  const spec = (all: Manifest[], kind: string, name: string): any => find(all, kind, name)['spec'];
  const drop = (all: Manifest[], kind: string, name: string): void =>
    void all.splice(all.indexOf(find(all, kind, name)), 1);

  it.each<[string, (all: Manifest[]) => unknown, RegExp]>([
    ['root', (all) => delete pod(all).securityContext.runAsNonRoot, /drawbridge-web may run as root/],
    ['user 0', (all) => (pod(all).securityContext.runAsUser = 0), /drawbridge-web runs as root/],
    [
      'a missing seccomp profile',
      (all) => delete pod(all).securityContext.seccompProfile,
      /has no seccomp profile/,
    ],
    ['a mounted token', (all) => delete pod(all).automountServiceAccountToken, /gets a Kubernetes token/],
    ["the node's network", (all) => (pod(all).hostNetwork = true), /has hostNetwork/],
    [
      'paths of the node',
      (all) => pod(all).volumes.push({ name: 'n', hostPath: { path: '/' } }),
      /mounts n,/,
    ],
    ['privileges', (all) => (container(all).securityContext.privileged = true), /is privileged/],
    [
      'privilege escalation',
      (all) => delete container(all).securityContext.allowPrivilegeEscalation,
      /may gain privileges/,
    ],
    ['kept capabilities', (all) => delete container(all).securityContext.capabilities, /keeps capabilities/],
    [
      'added capabilities',
      (all) => (container(all).securityContext.capabilities.add = ['SYS_ADMIN']),
      /adds/,
    ],
    [
      'a writable root',
      (all) => delete container(all).securityContext.readOnlyRootFilesystem,
      /can write its root/,
    ],
    ['ports of the node', (all) => (container(all).ports[0].hostPort = 80), /uses a port of the node/],
    ['missing limits', (all) => delete container(all).resources.limits, /has no limit of memory/],
    ['missing requests', (all) => delete container(all).resources.requests.cpu, /requests no CPU/],
    ['the tag latest', (all) => (container(all).image = 'drawbridge:latest'), /which may change/],
    [
      'an image without a tag',
      (all) => (container(all).image = 'a.example:80/drawbridge'),
      /which may change/,
    ],
    ['missing probes', (all) => delete container(all).livenessProbe, /has no livenessProbe/],
    [
      'short probes',
      (all) => (container(all).readinessProbe.timeoutSeconds = 2),
      /readinessProbe times out too early/,
    ],
    [
      'probes of another port',
      (all) => (container(all).startupProbe.httpGet.port = 'x'),
      /uses a port without a name/,
    ],
    [
      'secrets as plain text',
      (all) => container(all).env.push({ name: 'X_TOKEN', value: 'x' }),
      /has X_TOKEN as plain text/,
    ],
    [
      'URLs with passwords',
      (all) => container(all).env.push({ name: 'U', value: 'http://a:b@c' }),
      /has U as plain text/,
    ],
    ['whole secrets', (all) => (container(all).envFrom = [{}]), /adds whole objects/],
    [
      'mounts without a volume',
      (all) => container(all).volumeMounts.push({ name: 'x' }),
      /mounts x, which is not a volume/,
    ],
    [
      'selectors of other pods',
      (all) => (web(all).selector.matchLabels.x = 'y'),
      /does not select its own pods/,
    ],
    ['missing spread', (all) => pod(all).topologySpreadConstraints.pop(), /is not spread/],
    ['a short grace period', (all) => (pod(all).terminationGracePeriodSeconds = 30), /is killed before/],
    ['commands as hooks', (all) => (container(all).lifecycle = { preStop: { exec: {} } }), /runs a command/],
    [
      'a missing denial of all traffic',
      (all) => drop(all, 'NetworkPolicy', 'drawbridge'),
      /Job drawbridge-migrate has no policy for Ingress/,
    ],
    [
      'access to every port',
      (all) => delete spec(all, 'NetworkPolicy', 'drawbridge').egress[0].ports,
      /allows every port/,
    ],
    [
      "access to the cloud's metadata",
      (all) => spec(all, 'NetworkPolicy', 'drawbridge-worker').egress[0].to[0].ipBlock.except.splice(4, 1),
      /reaches the cloud's metadata/,
    ],
    [
      'access to the whole internet',
      (all) => delete spec(all, 'NetworkPolicy', 'drawbridge-worker').egress[0].to,
      /allows the whole internet/,
    ],
    [
      'blocked drains',
      (all) => (spec(all, 'PodDisruptionBudget', 'drawbridge-web').maxUnavailable = 0),
      /block a drain/,
    ],
    [
      'a missing budget',
      (all) => drop(all, 'PodDisruptionBudget', 'drawbridge-worker'),
      /worker has 0 disruption budgets/,
    ],
    [
      'services without pods',
      (all) => (spec(all, 'Service', 'drawbridge').selector.x = 'y'),
      /Service drawbridge leads nowhere/,
    ],
    [
      'ingresses without a service',
      (all) => drop(all, 'Service', 'drawbridge'),
      /Ingress drawbridge \/status leads nowhere/,
    ],
    [
      'exposed metrics',
      (all) => (spec(all, 'Ingress', 'drawbridge').rules[0].http.paths[0].path = '/'),
      /Ingress drawbridge exposes \//,
    ],
    [
      'an exposed console',
      (all) => (find(all, 'Ingress', 'drawbridge-console').metadata.name = 'x'),
      /x exposes \/console/,
    ],
    ['missing TLS', (all) => delete spec(all, 'Ingress', 'drawbridge').tls, /has no TLS/],
    [
      'two sources of a number of pods',
      (all) => (web(all).replicas = 2),
      /sets a number that HorizontalPodAutoscaler changes/,
    ],
    [
      'a minimum of no worker',
      (all) => (spec(all, 'ScaledObject', 'drawbridge-worker').minReplicaCount = 0),
      /allows zero pods/,
    ],
    [
      'another namespace',
      (all) => ((all[0] as Manifest).metadata.namespace = 'default'),
      /is in the namespace default/,
    ],
    [
      'a namespace of the installation',
      (all) => all.push({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'drawbridge' } }),
      /Namespace drawbridge would be removed with the installation/,
    ],
    ['objects given twice', (all) => all.push(find(all, 'Service', 'drawbridge')), /exists twice/],
    ['missing ConfigMaps', (all) => drop(all, 'ConfigMap', 'drawbridge-actions'), /which does not exist/],
    [
      'accounts with tokens',
      (all) => delete find(all, 'ServiceAccount', 'drawbridge')['automountServiceAccountToken'],
      /mounts its token/,
    ],
  ])('finds %s', (_, break_, finding) => {
    const broken = structuredClone(whole);
    break_(broken);
    expect(findings(broken).join('\n')).toMatch(finding);
  });
});
