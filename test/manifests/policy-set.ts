/** Policies between the objects of an installation. */
import { readFileSync } from 'node:fs';
import { find, idOf, ofKind, type Manifest } from './render.js';
import { includes, workloadsOf, type Workload } from './policy-pods.js';

const SIGNALS = readFileSync(new URL('../../src/boot/signals.ts', import.meta.url), 'utf8');
/** Seconds after SIGTERM in which the process ends by itself. */
const SHUTDOWN_LIMIT = Number(/SHUTDOWN_LIMIT_MS = ([\d_]+)/.exec(SIGNALS)?.[1]?.replaceAll('_', '')) / 1_000;

export function gracePeriods(manifests: readonly Manifest[]): string[] {
  return workloadsOf(manifests)
    .filter(({ manifest }) => manifest.kind === 'Deployment')
    .filter(({ pod }) => {
      const before = pod.containers[0].lifecycle?.preStop?.sleep?.seconds ?? 0;
      return pod.terminationGracePeriodSeconds <= before + SHUTDOWN_LIMIT;
    })
    .map(({ id }) => `${id} is killed before it has ended by itself`);
}

/** A distroless image has no shell, so a command as a hook would always fail. */
export function hooks(manifests: readonly Manifest[]): string[] {
  return workloadsOf(manifests)
    .filter(({ pod }) => pod.containers.some(({ lifecycle }: any) => lifecycle?.preStop?.exec))
    .map(({ id }) => `${id} runs a command that the image does not have`);
}

const selects = (policy: Manifest, { labels }: Workload): boolean =>
  includes(labels, policy['spec'].podSelector.matchLabels);

/** Every pod is denied all traffic, in both directions, that no policy allows. */
export function denied(manifests: readonly Manifest[]): string[] {
  const policies = ofKind(manifests, 'NetworkPolicy');
  return workloadsOf(manifests).flatMap((workload) =>
    ['Ingress', 'Egress']
      .filter(
        (type) => !policies.some((one) => one['spec'].policyTypes?.includes(type) && selects(one, workload)),
      )
      .map((type) => `${workload.id} has no policy for ${type}`),
  );
}

/**
 * A rule without ports or with an open end allows more than it shows. The address 169.254.169.254 serves a
 * cloud's credentials.
 */
export function openRules(manifests: readonly Manifest[]): string[] {
  return ofKind(manifests, 'NetworkPolicy').flatMap((policy) =>
    (policy['spec'].egress ?? []).flatMap(({ to, ports = [] }: any) => [
      ...(ports.length > 0 ? [] : [`${idOf(policy)} allows every port`]),
      ...(to ?? []).filter(reachesMetadata).map(() => `${idOf(policy)} reaches the cloud's metadata`),
      ...(to === undefined && ports.some(({ port }: any) => [80, 443].includes(port))
        ? [`${idOf(policy)} allows the whole internet`]
        : []),
    ]),
  );
}

const reachesMetadata = ({ ipBlock }: any): boolean =>
  ipBlock?.cidr === '0.0.0.0/0' && !ipBlock.except?.includes('169.254.0.0/16');

export function budgets(manifests: readonly Manifest[]): string[] {
  const found = ofKind(manifests, 'PodDisruptionBudget');
  return [
    ...found
      .filter(({ spec }: any) => !(spec.maxUnavailable >= 1) || spec.minAvailable !== undefined)
      .map((one) => `${idOf(one)} can block a drain`),
    ...deploymentsOf(manifests).flatMap(({ id, labels }) => {
      const count = found.filter(({ spec }: any) => includes(labels, spec.selector.matchLabels)).length;
      return count === 1 ? [] : [`${id} has ${count} disruption budgets`];
    }),
  ];
}

const deploymentsOf = (manifests: readonly Manifest[]): Workload[] =>
  workloadsOf(manifests).filter(({ manifest }) => manifest.kind === 'Deployment');

/** Each Service selects pods, at a port that the pods name. Each Ingress has an existing Service. */
export function services(manifests: readonly Manifest[]): string[] {
  return [
    ...ofKind(manifests, 'Service').flatMap((service) => {
      const behind = deploymentsOf(manifests).filter(({ labels }) =>
        includes(labels, service['spec'].selector),
      );
      const names = behind.flatMap(({ pod }) => pod.containers[0].ports.map(({ name }: any) => name));
      return service['spec'].ports
        .filter(({ name, targetPort }: any) => name === undefined || !names.includes(targetPort))
        .map(() => `${idOf(service)} leads nowhere`);
    }),
    ...ofKind(manifests, 'Ingress').flatMap((ingress) =>
      pathsOf(ingress)
        .filter(({ backend }) => !hasPort(manifests, backend.service))
        .map(({ path }) => `${idOf(ingress)} ${path} leads nowhere`),
    ),
  ];
}

export const pathsOf = (ingress: Manifest): any[] =>
  ingress['spec'].rules.flatMap((rule: any) => rule.http.paths);

const hasPort = (manifests: readonly Manifest[], { name, port }: any): boolean =>
  ofKind(manifests, 'Service').some(
    (one) => one.metadata.name === name && one['spec'].ports.some((own: any) => own.name === port.name),
  );

const PUBLIC_PATHS = ['/webhooks/vercel', '/marketplace', '/status'];
const OPERATORS_PATHS = ['/console', '/api'];

/** Only public paths are exposed; the operators' paths only by an Ingress of their own. */
export function exposed(manifests: readonly Manifest[]): string[] {
  return ofKind(manifests, 'Ingress').flatMap((ingress) => {
    const allowed = ingress.metadata.name.endsWith('-console') ? OPERATORS_PATHS : PUBLIC_PATHS;
    const hosts = ingress['spec'].rules.map(({ host }: any) => host);
    const secured = (ingress['spec'].tls ?? []).flatMap((tls: any) => tls.hosts);
    return [
      ...pathsOf(ingress)
        .filter(({ path }) => !allowed.includes(path))
        .map(({ path }) => `${idOf(ingress)} exposes ${path}`),
      ...hosts
        .filter((host: string) => !host || !secured.includes(host))
        .map(() => `${idOf(ingress)} has no TLS`),
    ];
  });
}

/** Each scaler has an existing Deployment without `replicas`, and a minimum above zero. */
export function scaling(manifests: readonly Manifest[]): string[] {
  return ofKind(manifests, 'HorizontalPodAutoscaler', 'ScaledObject').flatMap((scaler) => {
    const { scaleTargetRef, minReplicas, minReplicaCount } = scaler['spec'];
    const target = find(manifests, 'Deployment', scaleTargetRef.name);
    return [
      ...('replicas' in target['spec'] ? [`${idOf(target)} sets a number that ${scaler.kind} changes`] : []),
      ...((minReplicas ?? minReplicaCount ?? 0) >= 1 ? [] : [`${idOf(scaler)} allows zero pods`]),
    ];
  });
}

const OUTSIDE = new Set(['company-ca']);

/**
 * The removal of an installation must not remove its Secret and its database: `kubectl delete -k` removes a
 * namespace with all its objects.
 */
export const namespaces = (manifests: readonly Manifest[]): string[] =>
  ofKind(manifests, 'Namespace').map(
    (one) => `${idOf(one)} would be removed with the installation, with all its objects`,
  );

/** One namespace, valid names, and existing ConfigMaps and accounts. */
export function names(manifests: readonly Manifest[]): string[] {
  const ids = manifests.map((one) => `${one.apiVersion} ${idOf(one)}`);
  const exists = (kind: string, name: string): boolean => ids.some((id) => id.endsWith(` ${kind} ${name}`));
  return [
    ...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `${id} exists twice`),
    ...manifests.filter(({ metadata }) => metadata.name.length > 63).map((one) => `${idOf(one)} is too long`),
    ...manifests
      .filter(({ metadata }) => metadata.namespace !== 'drawbridge')
      .map((one) => `${idOf(one)} is in the namespace ${one.metadata.namespace}`),
    ...workloadsOf(manifests).flatMap(({ id, pod }) => [
      ...(pod.volumes ?? [])
        .map(({ configMap }: any) => configMap?.name)
        .filter((name: string | undefined) => name && !OUTSIDE.has(name) && !exists('ConfigMap', name))
        .map((name: string) => `${id} mounts the ConfigMap ${name}, which does not exist`),
      ...(pod.serviceAccountName && !exists('ServiceAccount', pod.serviceAccountName)
        ? [`${id} has the account ${pod.serviceAccountName}, which does not exist`]
        : []),
    ]),
    ...ofKind(manifests, 'ServiceAccount')
      .filter((one) => one['automountServiceAccountToken'] !== false)
      .map((one) => `${idOf(one)} mounts its token`),
  ];
}
