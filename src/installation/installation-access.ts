import { statement, type Session } from '../database/sql.js';
import type { Json } from '../provisioner/provisioner.js';
import { SealingError } from '../sealing/sealing.js';
import type { Installation } from './installation.entity.js';

export interface AccessQuery {
  installationId: string;
  resourceId: string;
}

/** What a worker may use on behalf of an installation, and the resource it acts for. */
export interface InstallationAccess {
  /**
   * The access token for Vercel's API. Null without a token, and for one that cannot be opened: see
   * `problem`.
   */
  token: string | null;
  /** True for a removed installation: no worker may act for it. */
  removed: boolean;
  /** Null for an unknown resource. */
  resource: AccessResource | null;
  /** Why a stored token cannot be used, for operators. */
  problem?: string;
}

export interface AccessResource {
  id: string;
  /** The installation that identifies the resource's allocations: the first one that had the resource. */
  origin: string;
  settings: Record<string, Json>;
  name: string;
  productId: string;
}

const LOOK_UP = statement(`
  SELECT i.sealed_token AS "sealedToken", i.removed_at IS NOT NULL AS removed,
    r.id, coalesce(r.origin, r.installation_id) AS origin, r.settings, r.name, r.product_id AS "productId"
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (installation_id, resource_id, position)
  LEFT JOIN installation i ON i.id = wanted.installation_id
  LEFT JOIN resource r ON r.installation_id = wanted.installation_id AND r.id = wanted.resource_id
  ORDER BY wanted.position`);

type Row = Pick<Installation, 'sealedToken'> & { removed: boolean } & {
  [Column in keyof AccessResource]: AccessResource[Column] | null;
};

/** Opens the sealed token of an installation. Throws SealingError for a token that no key opens. */
type Open = (sealed: Buffer, installationId: string) => string;

/** Runs one statement for all pairs. Returns the accesses in their order. */
export async function lookUpAccess(
  session: Session,
  pairs: readonly AccessQuery[],
  open: Open,
): Promise<InstallationAccess[]> {
  if (pairs.length === 0) return [];
  const rows = await session.rows<Row>(LOOK_UP, [
    pairs.map((pair) => pair.installationId),
    pairs.map((pair) => pair.resourceId),
  ]);
  return pairs.map(({ installationId }, index) => {
    const row = rows[index];
    if (row === undefined) throw new Error(`installation ${installationId}: the lookup returned no row`);
    return { ...tokenOf(row, installationId, open), removed: row.removed, resource: resourceOf(row) };
  });
}

function tokenOf(row: Row, id: string, open: Open): Pick<InstallationAccess, 'token' | 'problem'> {
  if (row.sealedToken === null) return { token: null };
  try {
    return { token: open(row.sealedToken, id) };
  } catch (error) {
    if (!(error instanceof SealingError)) throw error;
    return {
      token: null,
      problem: `installation ${id}: the access token cannot be opened: ${error.message}`,
    };
  }
}

function resourceOf({ id, origin, settings, name, productId }: Row): AccessResource | null {
  if (id === null || origin === null || settings === null || name === null || productId === null) return null;
  return { id, origin, settings, name, productId };
}
