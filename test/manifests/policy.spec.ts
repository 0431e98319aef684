import { beforeAll, describe, expect, it } from 'vitest';
import { findings } from './policy.js';
import { find, helm, helmSet, kustomize, ofKind, SET_NAMES, SETS, type Manifest } from './render.js';

describe('what is rendered breaks no policy', () => {
  it.each(SET_NAMES)('by the chart, with the values %s', async (set) => {
    expect(findings(await helmSet(set))).toEqual([]);
  });

  it.each(Object.values(SETS))('by kustomize, in %s', async (folder) => {
    expect(findings(await kustomize(folder))).toEqual([]);
  });

  it('under a release name that is as long as Helm allows', async () => {
    const names = [
      ...ofKind(await helm(['-f', 'deploy/helm/drawbridge/ci/production-values.yaml'], 'r'.repeat(53))),
    ];
    expect(names.every(({ metadata }) => metadata.name.length <= 63)).toBe(true);
  });
});

/** Each policy is broken once, in the richest set, to see that it is looked at. */
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
    ['seccomp', (all) => delete pod(all).securityContext.seccompProfile, /has no seccomp profile/],
    ['the token', (all) => delete pod(all).automountServiceAccountToken, /gets a token/],
    ['the node’s network', (all) => (pod(all).hostNetwork = true), /has hostNetwork/],
    [
      'paths of the node',
      (all) => pod(all).volumes.push({ name: 'n', hostPath: { path: '/' } }),
      /mounts n,/,
    ],
    ['privileges', (all) => (container(all).securityContext.privileged = true), /is privileged/],
    [
      'escalation',
      (all) => delete container(all).securityContext.allowPrivilegeEscalation,
      /may gain privileges/,
    ],
    ['capabilities', (all) => delete container(all).securityContext.capabilities, /keeps capabilities/],
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
    ['ports of the node', (all) => (container(all).ports[0].hostPort = 80), /takes a port of the node/],
    ['limits', (all) => delete container(all).resources.limits, /has no limit of memory/],
    ['requests', (all) => delete container(all).resources.requests.cpu, /requests no CPU/],
    ['the tag latest', (all) => (container(all).image = 'drawbridge:latest'), /which moves/],
    ['an image without a tag', (all) => (container(all).image = 'a.example:80/drawbridge'), /which moves/],
    ['probes', (all) => delete container(all).livenessProbe, /has no livenessProbe/],
    [
      'hasty probes',
      (all) => (container(all).readinessProbe.timeoutSeconds = 2),
      /readinessProbe gives up too early/,
    ],
    [
      'probes of elsewhere',
      (all) => (container(all).startupProbe.httpGet.port = 'x'),
      /asks a port that has no name/,
    ],
    [
      'secrets in the open',
      (all) => container(all).env.push({ name: 'X_TOKEN', value: 'x' }),
      /has X_TOKEN in the open/,
    ],
    [
      'urls with passwords',
      (all) => container(all).env.push({ name: 'U', value: 'http://a:b@c' }),
      /has U in the open/,
    ],
    ['whole secrets', (all) => (container(all).envFrom = [{}]), /takes whole objects/],
    ['lost mounts', (all) => container(all).volumeMounts.push({ name: 'x' }), /mounts x, which is no volume/],
    ['foreign selectors', (all) => (web(all).selector.matchLabels.x = 'y'), /does not select its own pods/],
    ['spread', (all) => pod(all).topologySpreadConstraints.pop(), /is not spread/],
    ['the grace period', (all) => (pod(all).terminationGracePeriodSeconds = 30), /is killed before/],
    ['commands as hooks', (all) => (container(all).lifecycle = { preStop: { exec: {} } }), /runs a command/],
    [
      'the denial',
      (all) => drop(all, 'NetworkPolicy', 'drawbridge'),
      /Job drawbridge-migrate has no policy for Ingress/,
    ],
    [
      'every port',
      (all) => delete spec(all, 'NetworkPolicy', 'drawbridge').egress[0].ports,
      /allows every port/,
    ],
    [
      'the metadata of the cloud',
      (all) => spec(all, 'NetworkPolicy', 'drawbridge-worker').egress[0].to[0].ipBlock.except.splice(4, 1),
      /reaches the cloud's metadata/,
    ],
    [
      'the whole web',
      (all) => delete spec(all, 'NetworkPolicy', 'drawbridge-worker').egress[0].to,
      /as a whole/,
    ],
    [
      'blocked drains',
      (all) => (spec(all, 'PodDisruptionBudget', 'drawbridge-web').maxUnavailable = 0),
      /block a drain/,
    ],
    [
      'no budget',
      (all) => drop(all, 'PodDisruptionBudget', 'drawbridge-worker'),
      /worker has 0 disruption budgets/,
    ],
    [
      'lost services',
      (all) => (spec(all, 'Service', 'drawbridge').selector.x = 'y'),
      /Service drawbridge leads nowhere/,
    ],
    [
      'lost ingresses',
      (all) => drop(all, 'Service', 'drawbridge'),
      /Ingress drawbridge \/status leads nowhere/,
    ],
    [
      'metrics outside',
      (all) => (spec(all, 'Ingress', 'drawbridge').rules[0].http.paths[0].path = '/'),
      /Ingress drawbridge exposes \//,
    ],
    [
      'the console',
      (all) => (find(all, 'Ingress', 'drawbridge-console').metadata.name = 'x'),
      /x exposes \/console/,
    ],
    ['no TLS', (all) => delete spec(all, 'Ingress', 'drawbridge').tls, /has no TLS/],
    ['two numbers', (all) => (web(all).replicas = 2), /names a number that HorizontalPodAutoscaler changes/],
    [
      'no worker',
      (all) => (spec(all, 'ScaledObject', 'drawbridge-worker').minReplicaCount = 0),
      /leaves no pod/,
    ],
    [
      'other namespaces',
      (all) => ((all[0] as Manifest).metadata.namespace = 'default'),
      /is in the namespace default/,
    ],
    [
      'namespaces of its own',
      (all) => all.push({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'drawbridge' } }),
      /Namespace drawbridge would go with the installation/,
    ],
    ['objects given twice', (all) => all.push(find(all, 'Service', 'drawbridge')), /is there twice/],
    ['lost ConfigMaps', (all) => drop(all, 'ConfigMap', 'drawbridge-actions'), /which is not there/],
    [
      'accounts with tokens',
      (all) => delete find(all, 'ServiceAccount', 'drawbridge')['automountServiceAccountToken'],
      /hands its token out/,
    ],
  ])('sees %s', (_, break_, finding) => {
    const broken = structuredClone(whole);
    break_(broken);
    expect(findings(broken).join('\n')).toMatch(finding);
  });
});
