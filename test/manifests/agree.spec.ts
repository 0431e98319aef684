import { beforeAll, describe, expect, it } from 'vitest';
import { helmSet, idOf, kustomize, ofKind, SET_NAMES, SETS, type Manifest, type SetName } from './render.js';

/**
 * Chart and kustomize install the same objects, except for these differences:
 *
 * - the chart's labels contain the installer and the version (`managed-by`, `chart`, `version`);
 * - the chart restarts pods by a checksum, kustomize by a hash in the ConfigMap's name;
 * - the chart's Job is a hook, and so is the Job's Secret if the chart creates it;
 * - the order of environment entries and volumes, which has no effect here.
 */
const OWN_LABELS = ['app.kubernetes.io/managed-by', 'app.kubernetes.io/version', 'helm.sh/chart'];
const HASH = /^(drawbridge-actions)-[0-9a-z]{10}$/;

function common(manifests: readonly Manifest[]): Record<string, unknown> {
  const shared = manifests.filter(({ metadata }) => !isHookSecret(metadata));
  return Object.fromEntries(shared.map(withoutOwn).map((one) => [idOf(one), one]));
}

const isHookSecret = ({ name }: Manifest['metadata']): boolean => name === 'drawbridge-migrate-secret';

function withoutOwn(original: Manifest): Manifest {
  const manifest = structuredClone(original);
  const template = manifest['spec']?.template;
  manifest.metadata.name = manifest.metadata.name.replace(HASH, '$1');
  for (const { labels, annotations } of [manifest.metadata, template?.metadata ?? {}]) {
    for (const label of OWN_LABELS) delete labels?.[label];
    for (const name of Object.keys(annotations ?? {}))
      if (/^(checksum\/|helm\.sh\/hook)/.test(name)) delete annotations[name];
  }
  for (const of of [manifest, template])
    if (Object.keys(of?.metadata.annotations ?? {}).length === 0) delete of?.metadata.annotations;
  for (const { configMap } of template?.spec.volumes ?? [])
    if (configMap) configMap.name = configMap.name.replace(HASH, '$1');
  for (const list of unordered(template?.spec))
    list?.sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
  return manifest;
}

const unordered = (pod: any): (unknown[] | undefined)[] => [
  pod?.volumes,
  ...(pod?.containers ?? []).flatMap((container: any) => [container.env, container.volumeMounts]),
];

describe.each(SET_NAMES)('chart and kustomize, %s', (set: SetName) => {
  let chart: Record<string, unknown>;
  let kustomized: Record<string, unknown>;
  beforeAll(async () => {
    chart = common(await helmSet(set));
    kustomized = common(await kustomize(SETS[set]));
  });

  it('install the same objects', () => {
    expect(Object.keys(kustomized).sort()).toEqual(Object.keys(chart).sort());
  });

  it('install objects with the same content', () => {
    expect(kustomized).toEqual(chart);
  });
});

describe('kustomize', () => {
  it.each(Object.values(SETS))(
    "puts the hash of the actions file into the ConfigMap's name, in %s",
    async (folder) => {
      const manifests = await kustomize(folder);
      const names = ofKind(manifests, 'ConfigMap').map(({ metadata }) => metadata.name);
      const hashed = names.filter((name) => HASH.test(name));
      expect(hashed).toHaveLength(1);
      for (const { spec } of ofKind(manifests, 'Deployment') as any[])
        expect(spec.template.spec.volumes).toContainEqual({
          name: 'actions',
          configMap: { name: hashed[0] },
        });
    },
  );
});
