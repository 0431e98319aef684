import type { LoadedAction, LoadedProvisioners } from '../../provisioner/loader.js';
import { stableJson } from '../../provisioner/instance-cache.js';
import type { Provisioner } from '../../provisioner/provisioner.js';
import { callPlugin } from '../../worker/plugin-call/plugin-call.js';
import { mapConcurrently } from '../map-concurrently.js';
import type { MadeWith } from './allocations-rows.js';

/** A plugin with one configuration, and the actions that use it. */
export interface Backend {
  readonly provisioner: string;
  readonly instance: Provisioner;
  readonly actions: Set<string>;
}

export interface BackendListing {
  readonly backend: Backend;
  readonly kind: 'listed' | 'unlisted' | 'failed';
  /** Empty unless `kind` is `listed`. */
  readonly keys: ReadonlySet<string>;
  /** The reason of a failure. */
  readonly message?: string;
}

interface Backends {
  backends: Backend[];
  /**
   * Returns the backend of allocations made for this action with these options; undefined if it cannot be
   * created.
   */
  of(action: string, options: MadeWith['options']): Backend | undefined;
  problems: { provisioner: string; actions: string[]; message: string }[];
}

/**
 * Collects the backends: the configuration of every action, and every other configuration that an allocation
 * was made with. A configuration that no longer works is a problem while it has live allocations.
 */
export function backendsOf(
  provisioners: LoadedProvisioners,
  actions: readonly LoadedAction[],
  used: readonly MadeWith[],
): Backends {
  const names = new Map(actions.map(({ slug, provisioner }) => [slug, provisioner]));
  const found = new Map<Provisioner, Backend>();
  const byUse = new Map<string, Backend>();
  const lost: Lost[] = [];
  const bases = actions.map(({ slug }): MadeWith => ({ action: slug, options: {}, live: 0 }));
  for (const { action, options, live } of [...bases, ...used]) {
    const provisioner = names.get(action) ?? '-';
    const made = provisioners.madeWith(action, options);
    if (!made.ok) {
      lost.push({ action, provisioner, live, why: made.message });
      continue;
    }
    const fresh = { provisioner, instance: made.provisioner, actions: new Set<string>() };
    const backend = found.get(made.provisioner) ?? fresh;
    backend.actions.add(action);
    found.set(made.provisioner, backend);
    byUse.set(useOf(action, options), backend);
  }
  const of = (action: string, options: MadeWith['options']) => byUse.get(useOf(action, options));
  return { backends: [...found.values()], of, problems: problemsOf(lost) };
}

interface Lost {
  action: string;
  provisioner: string;
  live: number;
  why: string;
}

/** Returns one problem for each action and reason. */
function problemsOf(lost: readonly Lost[]): Backends['problems'] {
  const groups = Map.groupBy(
    lost.filter(({ live }) => live > 0),
    ({ action, why }) => `${action} ${why}`,
  );
  return [...groups.values()].map((group) => {
    const { action, provisioner, why } = group[0] as Lost;
    const live = group.reduce((sum, one) => sum + one.live, 0);
    return { provisioner, actions: [action], message: `${live} allocation(s) cannot be compared: ${why}` };
  });
}

const useOf = (action: string, options: MadeWith['options']): string => `${action} ${stableJson(options)}`;

const CONCURRENCY = 8;

/** Lists all backends, in their order. A failing backend does not affect the others. */
export const listAll = (backends: readonly Backend[]): Promise<BackendListing[]> =>
  mapConcurrently(CONCURRENCY, backends, list);

async function list(backend: Backend): Promise<BackendListing> {
  const none = { backend, keys: new Set<string>() };
  const { list: verb } = backend.instance;
  if (verb === undefined) return { ...none, kind: 'unlisted' };
  const result = await callPlugin((signal) => verb(signal), new AbortController().signal, checkListed);
  if (result.kind === 'answered') return { backend, kind: 'listed', keys: new Set(result.answer) };
  return { ...none, kind: 'failed', message: result.kind === 'aborted' ? 'was aborted' : result.message };
}

function checkListed(answer: unknown): readonly string[] | string {
  const isList = Array.isArray(answer) && answer.every((key) => typeof key === 'string' && key !== '');
  return isList ? (answer as string[]) : 'list did not return an array of keys';
}
