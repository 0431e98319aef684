import { statement, type Session } from '../database/sql.js';
import type { Json } from '../provisioner/provisioner.js';
import { SealingError } from '../sealing/sealing.js';

export interface AccessQuery {
  installationId: string;
  resourceId: string;
}

/** What a worker may use on behalf of an installation, and the resource it acts for. */
export interface InstallationAccess {
  /** The access token for Vercel's API; null when there is none, or none that can be opened (then see `problem`). */
  token: string | null;
  /** The installation was removed: nobody may act for it any more. */
  removed: boolean;
  /** Null when it is not known. */
  resource: AccessResource | null;
  /** Why a token that exists cannot be used, for operators. */
  problem?: string;
}

export interface AccessResource {
  id: string;
  /** The installation in whose name its allocations are identified: where it was before it was transferred, else its own. */
  origin: string;
  settings: Record<string, Json>;
  name: string;
  productId: string;
}

const LOOK_UP = statement(`
  SELECT i.sealed_token, i.removed_at IS NOT NULL AS removed, r.id AS resource_id, coalesce(r.origin, r.installation_id) AS origin, r.settings, r.name, r.product_id
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (installation_id, resource_id, position)
  LEFT JOIN installation i ON i.id = wanted.installation_id
  LEFT JOIN resource r ON r.installation_id = wanted.installation_id AND r.id = wanted.resource_id
  ORDER BY wanted.position`);

interface Row {
  sealed_token: Buffer | null;
  removed: boolean;
  resource_id: string | null;
  origin: string | null;
  settings: Record<string, Json> | null;
  name: string | null;
  product_id: string | null;
}

/** Opens the sealed token of an installation; throws SealingError when it cannot. */
type Open = (sealed: Buffer, installationId: string) => string;

/** One statement for all pairs; answers in their order. */
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
  if (row.sealed_token === null) return { token: null };
  try {
    return { token: open(row.sealed_token, id) };
  } catch (error) {
    if (!(error instanceof SealingError)) throw error;
    return {
      token: null,
      problem: `installation ${id}: the access token cannot be opened: ${error.message}`,
    };
  }
}

function resourceOf(row: Row): AccessResource | null {
  const { resource_id: id, origin, settings, name, product_id: productId } = row;
  if (id === null || origin === null || settings === null || name === null || productId === null) return null;
  return { id, origin, settings, name, productId };
}
