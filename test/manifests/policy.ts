import * as pods from './policy-pods.js';
import * as sets from './policy-set.js';
import type { Manifest } from './render.js';

const OF_PODS = [pods.podSecurity, pods.resources, pods.image, pods.probes, pods.secrets, pods.wiring];
const OF_SETS = [
  sets.gracePeriods,
  sets.hooks,
  sets.denied,
  sets.openRules,
  sets.budgets,
  sets.services,
  sets.exposed,
  sets.scaling,
  sets.namespaces,
  sets.names,
];

/** The violations of all policies, as sentences. */
export function findings(manifests: readonly Manifest[]): string[] {
  return [
    ...pods
      .workloadsOf(manifests)
      .flatMap((workload) =>
        OF_PODS.flatMap((policy) => policy(workload).map((text) => `${workload.id} ${text}`)),
      ),
    ...OF_SETS.flatMap((policy) => policy(manifests)),
  ];
}
