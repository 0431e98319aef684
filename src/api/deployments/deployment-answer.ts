import { z } from 'zod';
import { COUNT, named, TEXT, TIME } from '../../http/openapi/answers.js';
import type { VercelDeployment } from '../../vercel/deployment/deployment-reader.js';
import { restoredAt, type LookedUp } from '../../deployments/deployment-lookup.js';

const KNOWLEDGE = ['found', 'gone', 'unreadable', 'unanswered', 'not-asked'] as const;
type Knowledge = (typeof KNOWLEDGE)[number];

/** A deployment as Vercel knows it now, with the number of its stored actions. */
export const deploymentSchema = named(
  'Deployment',
  z.object({
    id: TEXT,
    actions: COUNT.describe('number of stored actions of the deployment'),
    vercel: z
      .enum(KNOWLEDGE)
      .describe('Vercel’s answer; `not-asked`: no installation has an access token for the request'),
    installationId: TEXT.nullable().describe('the installation whose token could read the deployment'),
    project: TEXT.nullable(),
    environment: TEXT.nullable(),
    gitRef: TEXT.nullable(),
    origin: z.enum(['own', 'fork', 'unknown']).nullable().describe('origin of the commit'),
    prebuilt: z.boolean().nullable(),
    readyState: TEXT.nullable(),
    deletedAt: TIME.nullable(),
    restoredAt: TIME.nullable().describe('when the deployment was restored after a deletion'),
    note: TEXT.describe('why the deployment has no action, or holds no allocation; a sentence for people'),
  }),
);
export type DeploymentOverview = z.infer<typeof deploymentSchema>;

export interface DeploymentReply {
  readonly installationId: string;
  readonly answer: LookedUp;
}

/**
 * Numbers of stored actions, of those that hold or may still get an allocation, and of those that ever had
 * one.
 */
export interface StoredActions {
  readonly actions: number;
  readonly live: number;
  readonly made: number;
}

export function deploymentView(
  id: string,
  record: StoredActions,
  replies: readonly DeploymentReply[],
): DeploymentOverview {
  const best = bestOf(replies);
  const found = best?.answer.kind === 'found' ? best.answer.deployment : null;
  const restored = best === null ? null : restoredAt(best.answer);
  const vercel = best === null ? 'not-asked' : knowledgeOf(best.answer);
  return {
    id,
    actions: record.actions,
    vercel,
    installationId: found === null ? null : (best?.installationId ?? null),
    project: found?.projectName ?? found?.projectId ?? null,
    environment: found?.environment?.name ?? null,
    gitRef: found?.gitRef ?? null,
    origin: found?.origin ?? null,
    prebuilt: found?.prebuilt ?? null,
    readyState: found?.readyState ?? null,
    deletedAt: timeOf(found?.deletedAt ?? null),
    restoredAt: timeOf(restored),
    note: noteOf(record, vercel, found, restored),
  };
}

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

const KNOWLEDGE_OF: Record<LookedUp['kind'], Knowledge> = {
  found: 'found',
  gone: 'gone',
  absent: 'gone',
  unreadable: 'unreadable',
  later: 'unanswered',
  busy: 'unanswered',
  'no-token': 'not-asked',
};
const knowledgeOf = ({ kind }: LookedUp): Knowledge => KNOWLEDGE_OF[kind];

/**
 * Most informative answers first. `absent` is the weakest: another team's installation gets it for every
 * foreign deployment.
 */
const BEST: readonly LookedUp['kind'][] = [
  'found',
  'gone',
  'later',
  'busy',
  'unreadable',
  'absent',
  'no-token',
];

function bestOf(replies: readonly DeploymentReply[]): DeploymentReply | null {
  for (const kind of BEST) {
    const one = replies.find(({ answer }) => answer.kind === kind);
    if (one !== undefined) return one;
  }
  return null;
}

const RESTORED =
  'The deployment was deleted and restored. Its allocation was removed at the deletion. Redeploy it.';

function noteOf(
  { actions, live, made }: StoredActions,
  vercel: Knowledge,
  found: VercelDeployment | null,
  restored: number | null,
): string {
  if (found === null)
    return actions > 0 ? `The deployment has ${actions} action(s). ${MISSING[vercel]}` : MISSING[vercel];
  if (made > 0 && live === 0 && restored !== null) return RESTORED;
  if (actions > 0) return `The deployment has ${actions} action(s).`;
  if (found.prebuilt)
    return (
      'The deployment has no action because it is prebuilt (`vercel deploy --prebuilt`): Vercel starts ' +
      'no actions for prebuilt deployments. It uses the variables of its project.'
    );
  if (found.integrationsStatus === 'pending')
    return (
      'Vercel is waiting for an action of the deployment, but its webhook has not arrived. Check the ' +
      'webhook URL and the client secret of the integration.'
    );
  const environment = found.environment?.name ?? 'its environment';
  return (
    `Vercel started no action: the project is not connected to a resource with an action for ` +
    `${environment}. ` +
    "Check the project's connection at Vercel."
  );
}

const MISSING: Record<Knowledge, string> = {
  found: '',
  gone: 'No installation knows this deployment: it was deleted, or belongs to a team without it.',
  unreadable: "The installation's access token may not read this deployment.",
  unanswered: 'Vercel did not answer in time, or too many lookups are running. Try again in a minute.',
  'not-asked': 'No installation has an access token, so Vercel could not be asked about this deployment.',
};
