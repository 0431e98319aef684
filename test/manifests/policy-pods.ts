/** Policies for every pod. Each function returns a sentence for each violation. */
import { DATABASE_TIME_LIMIT_MS } from '../../src/health/health-checks.js';
import { idOf, type Manifest } from './render.js';

/** A workload with its pod template; `any` because tests read arbitrary parts of rendered objects. */
export interface Workload {
  readonly id: string;
  readonly manifest: Manifest;
  readonly labels: Record<string, string>;
  readonly pod: any;
}

export function workloadsOf(manifests: readonly Manifest[]): Workload[] {
  return manifests
    .filter(({ kind }) => ['Deployment', 'Job', 'StatefulSet', 'DaemonSet', 'CronJob'].includes(kind))
    .map((manifest) => ({
      id: idOf(manifest),
      manifest,
      labels: manifest['spec'].template.metadata.labels,
      pod: manifest['spec'].template.spec,
    }));
}

export const containersOf = ({ pod }: Workload): any[] => [
  ...(pod.initContainers ?? []),
  ...pod.containers,
  ...(pod.ephemeralContainers ?? []),
];

/**
 * The restricted Pod Security Standard, and two additional requirements: a read-only root file system and no
 * token.
 */
export function podSecurity(workload: Workload): string[] {
  const { pod } = workload;
  const { securityContext: of = {} } = pod;
  return [
    ...(of.runAsNonRoot === true ? [] : ['may run as root']),
    ...(of.runAsUser === 0 ? ['runs as root'] : []),
    ...(of.seccompProfile?.type === 'RuntimeDefault' ? [] : ['has no seccomp profile']),
    ...(pod.automountServiceAccountToken === false ? [] : ['gets a Kubernetes token']),
    ...['hostNetwork', 'hostPID', 'hostIPC'].filter((name) => pod[name]).map((name) => `has ${name}`),
    ...(pod.volumes ?? [])
      .filter((volume: any) => !ALLOWED_VOLUMES.some((kind) => kind in volume))
      .map((volume: any) => `mounts ${volume.name}, a volume of a kind that is not allowed`),
    ...containersOf(workload).flatMap(containerSecurity),
  ];
}

const ALLOWED_VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

function containerSecurity({ name, securityContext: of = {}, ports = [] }: any): string[] {
  return [
    ...(of.allowPrivilegeEscalation === false ? [] : [`${name} may gain privileges`]),
    ...(of.privileged === true ? [`${name} is privileged`] : []),
    ...(of.readOnlyRootFilesystem === true ? [] : [`${name} can write its root file system`]),
    ...(of.runAsUser === 0 || of.runAsNonRoot === false ? [`${name} runs as root`] : []),
    ...(of.capabilities?.drop?.includes('ALL') ? [] : [`${name} keeps capabilities`]),
    ...((of.capabilities?.add ?? []).length > 0 ? [`${name} adds capabilities`] : []),
    ...(ports.some((port: any) => port.hostPort) ? [`${name} uses a port of the node`] : []),
  ];
}

/**
 * Requires requests of CPU and memory, and a memory limit. A CPU limit would slow a pod while its node is
 * idle, so none is required.
 */
export function resources(workload: Workload): string[] {
  return containersOf(workload).flatMap(({ name, resources: of = {} }) => [
    ...(of.requests?.cpu && of.requests?.memory ? [] : [`${name} requests no CPU or memory`]),
    ...(of.limits?.memory ? [] : [`${name} has no limit of memory`]),
  ]);
}

export function image(workload: Workload): string[] {
  return containersOf(workload).flatMap(({ name, image: of }) => {
    const tag = /:([\w.-]+)$/.exec(of)?.[1];
    const pinned = /@sha256:[0-9a-f]{64}$/.test(of);
    return pinned || (tag !== undefined && tag !== 'latest')
      ? []
      : [`${name} has the image ${of}, which may change`];
  });
}

const PROBES = { startupProbe: '/startupz', readinessProbe: '/readyz', livenessProbe: '/livez' };

/** Probes that query the database must wait longer than the database's time limit. */
export function probes(workload: Workload): string[] {
  if (workload.manifest.kind !== 'Deployment') return [];
  return workload.pod.containers.flatMap((container: any) =>
    Object.entries(PROBES).flatMap(([kind, path]) => {
      const probe = container[kind];
      if (probe === undefined) return [`${container.name} has no ${kind}`];
      const named = container.ports?.some(({ name }: any) => name === probe.httpGet?.port);
      return [
        ...(probe.httpGet?.path === path ? [] : [`${kind} asks ${probe.httpGet?.path}`]),
        ...(named ? [] : [`${kind} uses a port without a name`]),
        ...((probe.timeoutSeconds ?? 1) * 1_000 > DATABASE_TIME_LIMIT_MS
          ? []
          : [`${kind} times out too early`]),
      ];
    }),
  );
}

const SECRET_NAME = /SECRET|PASSWORD|TOKEN|KEYS?$|DATABASE_URL|ADMIN_URL|CREDENTIAL/;
const SECRET_VALUE = /:\/\/[^/\s:@]+:[^/\s@]+@/;

export function secrets(workload: Workload): string[] {
  return containersOf(workload).flatMap(({ name, env = [], envFrom = [] }) => [
    ...(envFrom.length > 0 ? [`${name} adds whole objects to its environment`] : []),
    ...env.flatMap((entry: any) => {
      const hidden = entry.valueFrom?.secretKeyRef?.name && entry.valueFrom.secretKeyRef.key;
      const secret = SECRET_NAME.test(entry.name) || SECRET_VALUE.test(entry.value ?? '');
      return secret && !hidden ? [`${name} has ${entry.name} as plain text`] : [];
    }),
  ]);
}

/** Mounts and volumes match, and only labels distinguish pods. */
export function wiring(workload: Workload): string[] {
  const { pod, manifest, labels } = workload;
  const volumes = new Set((pod.volumes ?? []).map(({ name }: any) => name));
  const selector = manifest['spec'].selector?.matchLabels ?? {};
  return [
    ...containersOf(workload)
      .flatMap(({ volumeMounts = [] }) => volumeMounts)
      .filter(({ name }: any) => !volumes.has(name))
      .map(({ name }: any) => `mounts ${name}, which is not a volume`),
    ...(includes(labels, selector) ? [] : ['does not select its own pods']),
    ...(pod.topologySpreadConstraints ?? [])
      .filter(({ labelSelector }: any) => !includes(labels, labelSelector.matchLabels))
      .map(({ topologyKey }: any) => `spreads other pods over ${topologyKey}`),
    ...(manifest.kind === 'Deployment' && (pod.topologySpreadConstraints ?? []).length < 2
      ? ['is not spread over zones and nodes']
      : []),
  ];
}

export const includes = (
  labels: Record<string, string>,
  selector: Record<string, string> | undefined,
): boolean => Object.entries(selector ?? {}).every(([name, value]) => labels[name] === value);
