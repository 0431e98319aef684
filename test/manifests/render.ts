import { parseAllDocuments } from 'yaml';
import { run } from './tools.js';

/** One Kubernetes object, as it would be sent to the server. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [field: string]: any;
}

export const CHART = 'deploy/helm/drawbridge';
export const NAMESPACE = 'drawbridge';

/** The sets of values of the chart, each with the kustomization that installs the same objects. */
export const SETS = {
  default: 'deploy/kustomize/base',
  small: 'deploy/kustomize/overlays/small',
  production: 'deploy/kustomize/overlays/production',
  private: 'deploy/kustomize/overlays/private',
} as const;
export type SetName = keyof typeof SETS;
export const SET_NAMES = Object.keys(SETS) as SetName[];

export const valuesOf = (set: SetName): string[] =>
  set === 'default' ? [] : ['-f', `${CHART}/ci/${set}-values.yaml`];

/** Runs `helm template` with these additional arguments. Rejects with helm's message. */
export async function helm(args: readonly string[] = [], release = 'drawbridge'): Promise<Manifest[]> {
  return parse(await run('helm', ['template', release, CHART, '-n', NAMESPACE, ...args]));
}

export const helmSet = (set: SetName): Promise<Manifest[]> => helm(valuesOf(set));

export async function kustomize(folder: string): Promise<Manifest[]> {
  return parse(await run('kubectl', ['kustomize', folder]));
}

/** @throws Error when a key is given twice, because the server would silently use the last one */
export function parse(text: string): Manifest[] {
  return parseAllDocuments(text, { uniqueKeys: true }).flatMap((document) => {
    const [problem] = document.errors;
    if (problem) throw new Error(problem.message);
    const value = document.toJSON() as Manifest | null;
    return value === null ? [] : [value];
  });
}

export const idOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`;

/** The object of this kind and name. Throws if it does not exist. */
export function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}: ${manifests.map(idOf).join(', ')}`);
  return found;
}

export const ofKind = (manifests: readonly Manifest[], ...kinds: string[]): Manifest[] =>
  manifests.filter(({ kind }) => kinds.includes(kind));
