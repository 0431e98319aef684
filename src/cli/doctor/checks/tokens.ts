import type { DataSource } from 'typeorm';
import type { RuntimeReport } from '../../../boot/runtime.js';
import { Sealing, SealingError, tokenContext } from '../../../sealing/sealing.js';
import { VercelGateway, type DeploymentAnswer } from '../../../vercel/gateway.js';
import { atOnce } from '../../at-once.js';
import { progress } from '../../print/progress.js';
import { failed, ok, skipped, warning, type Check } from '../check.js';

interface Row {
  id: string;
  sealed: Buffer | null;
  /** Of its newest action; null when it has none. */
  deploymentId: string | null;
}

const AT_ONCE = 8;
const TOKENS = `
  SELECT i.id, i.sealed_token AS sealed, (SELECT a.deployment_id FROM action a
    WHERE a.installation_id = i.id ORDER BY a.created_at DESC, a.id DESC LIMIT 1) AS "deploymentId"
  FROM installation i WHERE i.removed_at IS NULL ORDER BY i.id`;
/** Nobody's: Vercel knows the token before it says that it does not know the deployment. */
const NO_DEPLOYMENT = 'dpl_drawbridge_doctor';

/** Whether Vercel accepts each installation's token: it is asked for a deployment, which changes nothing. */
export async function checkTokens({ config }: RuntimeReport, database: DataSource): Promise<Check[]> {
  const about = { name: 'token' };
  const [tables]: { there: boolean }[] = await database.query(
    `SELECT to_regclass('installation') IS NOT NULL AND to_regclass('action') IS NOT NULL AS there`,
  );
  if (tables?.there !== true) return [skipped(about, 'the tables are not there: see migrations')];
  if (config.encryptionKeys.length === 0) return [skipped(about, 'there are no keys to read tokens with')];
  const rows: Row[] = await database.query(TOKENS);
  const gateway = new VercelGateway({
    apiUrl: config.vercel.apiUrl,
    userAgent: 'drawbridge-doctor',
    connections: AT_ONCE,
  });
  try {
    return await checkAll(rows, new Sealing(config.encryptionKeys), gateway);
  } finally {
    await gateway.close();
  }
}

/** One line for each that is not well, one for all others. */
async function checkAll(rows: readonly Row[], sealing: Sealing, gateway: VercelGateway): Promise<Check[]> {
  let done = 0;
  const checks = await atOnce(AT_ONCE, rows, async (row) => {
    const check = await checkToken(row, sealing, gateway);
    progress(`doctor: looking at token, ${++done} of ${rows.length}`);
    return check;
  });
  const unwell = checks.filter((check) => check.status !== 'ok');
  const well = checks.length - unwell.length;
  if (well === 0 && unwell.length > 0) return unwell;
  return [...unwell, ok({ name: 'token' }, `Vercel accepts the token of ${well} installation(s)`)];
}

async function checkToken(row: Row, sealing: Sealing, gateway: VercelGateway): Promise<Check> {
  const { id, sealed, deploymentId } = row;
  const about = { name: 'token', subject: id };
  if (sealed === null)
    return warning(
      about,
      `installation ${id} has no access token`,
      `put one: PUT /api/v1/installations/${id}`,
    );
  const token = openToken(sealed, id, sealing);
  if (token === null) return skipped(about, `the token of installation ${id} cannot be read: see keys`);
  const call = { token, installationId: id, deploymentId: deploymentId ?? NO_DEPLOYMENT };
  return verdictOf(id, await gateway.getDeployment(call));
}

function openToken(sealed: Buffer, id: string, sealing: Sealing): string | null {
  try {
    return sealing.openText(sealed, tokenContext(id));
  } catch (error) {
    if (error instanceof SealingError) return null;
    throw error;
  }
}

function verdictOf(id: string, answer: DeploymentAnswer): Check {
  const about = { name: 'token', subject: id };
  switch (answer.kind) {
    case 'found':
    case 'gone':
      return ok(about, `Vercel accepts the token of installation ${id}`);
    case 'absent':
      // Expected of the invented id. Of a deployment of its own it means another team's token, or a deletion without cleanup.
      return ok(about, `Vercel accepts the token of installation ${id}`);
    case 'later':
      return warning(about, `installation ${id}: ${answer.message}`, 'run it again later');
    case 'unreadable':
      return refused(id, answer.status, answer.message);
    default:
      return answer satisfies never;
  }
}

function refused(id: string, status: number | null, message: string): Check {
  const about = { name: 'token', subject: id };
  const advice = `put a new token, PUT /api/v1/installations/${id}, or DELETE it when the customer is gone`;
  if (status === null || status === 401 || status === 403) return failed(about, message, advice);
  return warning(about, `installation ${id}: ${message}`, 'run it again later');
}
