import type { DataSource } from 'typeorm';
import type { LoadedAction, LoadedProvisioners } from '../../provisioner/loader.js';
import { knownKeys, liveAllocations, madeWith, timeNow, type AllocationRow } from './allocations-rows.js';
import { backendsOf, listAll, type Backend, type BackendListing } from './allocations-backends.js';

/** The findings of the audit. Sorted, so that equal findings give equal output. */
export interface Audit {
  /** Resources at a backend without an allocation. */
  strays: { key: string; provisioner: string; actions: string[] }[];
  /** Allocations of deployments whose resource is missing at the backend. */
  missing: { key: string; provisioner: string; action: string; deployments: string[] }[];
  /** Provisioners without `list`, which cannot be compared. */
  unlisted: { provisioner: string; actions: string[] }[];
  /** Failed comparisons. */
  problems: { provisioner: string; actions: string[]; message: string }[];
  /** Number of resources that were compared. */
  things: number;
  allocations: number;
}

/** True if a finding needs attention. */
export const differs = ({ strays, missing, problems }: Audit): boolean =>
  strays.length + missing.length + problems.length > 0;

/**
 * Compares the allocations in the database with the resources at the backends. Ignores resources that are
 * created or removed during the audit: a stray had no allocation since before the first query, and a missing
 * resource belonged to a deployment before and after the listing.
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

/** Finds strays. Keys are unique over all actions, so that actions may share a backend. */
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
  const stillNeeded = new Set(after.flatMap(({ key, promised }) => (promised ? [key] : [])));
  return before.flatMap((row) => {
    const { key, action, deployments } = row;
    const found = where(row);
    if (!row.promised || !stillNeeded.has(key) || found?.kind !== 'listed' || found.keys.has(key)) return [];
    return [{ key, provisioner: found.backend.provisioner, action, deployments }];
  });
}
