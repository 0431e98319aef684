import type { DataSource } from 'typeorm';
import type { RuntimeReport } from '../../../boot/runtime.js';
import { Sealing, SealingError, tokenContext } from '../../../sealing/sealing.js';
import { VercelGateway, type DeploymentAnswer } from '../../../vercel/gateway.js';
import { progress } from '../../print/progress.js';
import { failed, ok, skipped, warning, type Check } from '../check.js';
import { mapConcurrently } from '../../map-concurrently.js';

interface Row {
  id: string;
  sealed: Buffer | null;
  /** The deployment of the newest action; null if there is none. */
  deploymentId: string | null;
}

const CONCURRENCY = 8;
const TOKENS = `
  SELECT i.id, i.sealed_token AS sealed, (SELECT a.deployment_id FROM action a
    WHERE a.installation_id = i.id ORDER BY a.created_at DESC, a.id DESC LIMIT 1) AS "deploymentId"
  FROM installation i WHERE i.removed_at IS NULL ORDER BY i.id`;
/** An id that does not exist. Vercel validates the token before it answers that the deployment is unknown. */
const NO_DEPLOYMENT = 'dpl_drawbridge_doctor';

/** Checks whether Vercel accepts each installation's token, by reading a deployment. */
export async function checkTokens({ config }: RuntimeReport, database: DataSource): Promise<Check[]> {
  const about = { name: 'token' };
  const [tables]: { there: boolean }[] = await database.query(
    `SELECT to_regclass('installation') IS NOT NULL AND to_regclass('action') IS NOT NULL AS there`,
  );
  if (tables?.there !== true) return [skipped(about, 'the tables do not exist: see migrations')];
  if (config.encryptionKeys.length === 0) return [skipped(about, 'ENCRYPTION_KEYS is not set')];
  const rows: Row[] = await database.query(TOKENS);
  const gateway = new VercelGateway({
    apiUrl: config.vercel.apiUrl,
    userAgent: 'drawbridge-doctor',
    connections: CONCURRENCY,
  });
  try {
    return await checkAll(rows, new Sealing(config.encryptionKeys), gateway);
  } finally {
    await gateway.close();
  }
}

/** Returns one check for each token with a problem, and one for all others. */
async function checkAll(rows: readonly Row[], sealing: Sealing, gateway: VercelGateway): Promise<Check[]> {
  let done = 0;
  const checks = await mapConcurrently(CONCURRENCY, rows, async (row) => {
    const check = await checkToken(row, sealing, gateway);
    progress(`doctor: checking token, ${++done} of ${rows.length}`);
    return check;
  });
  const problems = checks.filter((check) => check.status !== 'ok');
  const accepted = checks.length - problems.length;
  if (accepted === 0 && problems.length > 0) return problems;
  return [...problems, ok({ name: 'token' }, `Vercel accepts the token of ${accepted} installation(s)`)];
}

async function checkToken(row: Row, sealing: Sealing, gateway: VercelGateway): Promise<Check> {
  const { id, sealed, deploymentId } = row;
  const about = { name: 'token', subject: id };
  if (sealed === null)
    return warning(
      about,
      `installation ${id} has no access token`,
      `set one: PUT /api/v1/installations/${id}`,
    );
  const token = openToken(sealed, id, sealing);
  if (token === null) return skipped(about, `the token of installation ${id} cannot be decrypted: see keys`);
  const call = { token, installationId: id, deploymentId: deploymentId ?? NO_DEPLOYMENT };
  return resultOf(id, await gateway.getDeployment(call));
}

function openToken(sealed: Buffer, id: string, sealing: Sealing): string | null {
  try {
    return sealing.openText(sealed, tokenContext(id));
  } catch (error) {
    if (error instanceof SealingError) return null;
    throw error;
  }
}

function resultOf(id: string, answer: DeploymentAnswer): Check {
  const about = { name: 'token', subject: id };
  switch (answer.kind) {
    case 'found':
    case 'gone':
      return ok(about, `Vercel accepts the token of installation ${id}`);
    case 'absent':
      // Expected for NO_DEPLOYMENT. For a real deployment: another team's token, or a deletion without
      // cleanup.
      return ok(about, `Vercel accepts the token of installation ${id}`);
    case 'later':
      return warning(about, `installation ${id}: ${answer.message}`, 'run doctor again later');
    case 'unreadable':
      return rejected(id, answer.status, answer.message);
    default:
      return answer satisfies never;
  }
}

function rejected(id: string, status: number | null, message: string): Check {
  const about = { name: 'token', subject: id };
  const path = `/api/v1/installations/${id}`;
  const advice = `set a new token: PUT ${path}; or DELETE ${path} if the customer has left`;
  if (status === null || status === 401 || status === 403) return failed(about, message, advice);
  return warning(about, `installation ${id}: ${message}`, 'run doctor again later');
}
