import type { DataSource } from 'typeorm';
import type { LoadedAction, LoadedProvisioners } from '../../provisioner/loader.js';
import { knownKeys, liveAllocations, madeWith, timeNow, type AllocationRow } from './allocations-rows.js';
import { backendsOf, listAll, type Backend, type BackendListing } from './allocations-backends.js';

/** What the audit found. The same text for the same findings: everything is sorted. */
export interface Audit {
  /** Outside, and no allocation has them. */
  strays: { key: string; provisioner: string; actions: string[] }[];
  /** An allocation promises them to deployments, and they are not outside. */
  missing: { key: string; provisioner: string; action: string; deployments: string[] }[];
  /** Provisioners that have no `list`: nothing can be said of these. */
  unlisted: { provisioner: string; actions: string[] }[];
  /** What should have been compared and could not be. */
  problems: { provisioner: string; actions: string[]; message: string }[];
  /** How much was compared. */
  things: number;
  allocations: number;
}

/** Whether there is anything that somebody has to look at. */
export const differs = ({ strays, missing, problems }: Audit): boolean =>
  strays.length + missing.length + problems.length > 0;

/**
 * Compares what is on record with what is outside. What is being made or taken away meanwhile is no difference: a stray had no allocation
 * since before the first look, and what is missing was promised before and after it.
 */
export async function audit(
  provisioners: LoadedProvisioners,
  actions: readonly LoadedAction[],
  database: DataSource,
): Promise<Audit> {
  const since = await timeNow(database);
  const before = await liveAllocations(database);
  const { backends, of, problems } = backendsOf(provisioners, actions, await madeWith(database));
  const listed = await listAll(backends);
  const strays = await straysOf(listed, database, since);
  const missing = missingOf(before, await liveAllocations(database), (row) =>
    listedOf(listed, of(row.action, row.options)),
  );
  const failed = listed.flatMap(({ backend, message }) =>
    message === undefined ? [] : [{ ...namesOf(backend), message }],
  );
  return {
    strays,
    missing,
    unlisted: listed.flatMap(({ backend, kind }) => (kind === 'unlisted' ? [namesOf(backend)] : [])),
    problems: [...failed, ...problems],
    things: new Set(listed.flatMap(({ keys }) => [...keys])).size,
    allocations: before.length,
  };
}

const namesOf = ({ provisioner, actions }: BackendListing['backend']) => ({
  provisioner,
  actions: [...actions].toSorted(),
});

/** Keys are unique over all actions, so two that share a backend do not take each other's things for strays. */
async function straysOf(
  listed: BackendListing[],
  database: DataSource,
  since: string,
): Promise<Audit['strays']> {
  const found = new Map<string, Audit['strays'][number]>();
  for (const { backend, keys } of listed) {
    for (const key of keys) {
      const actions = [...new Set([...(found.get(key)?.actions ?? []), ...backend.actions])].toSorted();
      found.set(key, { key, provisioner: backend.provisioner, actions });
    }
  }
  const known = await knownKeys(database, [...found.keys()], since);
  return [...found.values()]
    .filter(({ key }) => !known.has(key))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

const listedOf = (listed: BackendListing[], of: Backend | undefined): BackendListing | undefined =>
  listed.find(({ backend }) => backend === of);

function missingOf(
  before: AllocationRow[],
  after: AllocationRow[],
  where: (row: AllocationRow) => BackendListing | undefined,
): Audit['missing'] {
  const stillPromised = new Set(after.flatMap(({ key, promised }) => (promised ? [key] : [])));
  return before.flatMap((row) => {
    const { key, action, deployments } = row;
    const found = where(row);
    if (!row.promised || !stillPromised.has(key) || found?.kind !== 'listed' || found.keys.has(key))
      return [];
    return [{ key, provisioner: found.backend.provisioner, action, deployments }];
  });
}
