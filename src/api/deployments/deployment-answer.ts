import { z } from 'zod';
import { COUNT, named, TEXT, TIME } from '../../http/openapi/answers.js';
import type { DeploymentFacts } from '../../vercel/deployment/deployment-reader.js';
import { restoredAt, type LookedUp } from '../../deployments/deployment-lookup.js';

const SAID = ['found', 'gone', 'unreadable', 'unanswered', 'not-asked'] as const;
type Said = (typeof SAID)[number];

/** A deployment as Vercel knows it now, and how it stands with the actions that are on record of it. */
export const deploymentSchema = named(
  'Deployment',
  z.object({
    id: TEXT,
    actions: COUNT.describe('that are on record of it'),
    vercel: z
      .enum(SAID)
      .describe('what Vercel said of it; `not-asked`: no installation has a token to ask with'),
    installationId: TEXT.nullable().describe('whose token was let to read it'),
    project: TEXT.nullable(),
    environment: TEXT.nullable(),
    gitRef: TEXT.nullable(),
    origin: z.enum(['own', 'fork', 'unknown']).nullable().describe('whose commit it is'),
    prebuilt: z.boolean().nullable(),
    readyState: TEXT.nullable(),
    deletedAt: TIME.nullable(),
    restoredAt: TIME.nullable().describe('when it was restored after a deletion'),
    note: TEXT.describe('why it has no action, or nothing any more, in a sentence for people'),
  }),
);
export type DeploymentOverview = z.infer<typeof deploymentSchema>;

export interface DeploymentReply {
  readonly installationId: string;
  readonly answer: LookedUp;
}

/** Actions on record, how many of them still have, or may come to have, something, and for how many something was made. */
export interface OnRecord {
  readonly actions: number;
  readonly live: number;
  readonly made: number;
}

export function deploymentView(
  id: string,
  record: OnRecord,
  asked: readonly DeploymentReply[],
): DeploymentOverview {
  const best = bestOf(asked);
  const found = best?.answer.kind === 'found' ? best.answer.deployment : null;
  const restored = best === null ? null : restoredAt(best.answer);
  const vercel = best === null ? 'not-asked' : saidBy(best.answer);
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

const SAID_BY: Record<LookedUp['kind'], Said> = {
  found: 'found',
  gone: 'gone',
  absent: 'gone',
  unreadable: 'unreadable',
  later: 'unanswered',
  busy: 'unanswered',
  'no-token': 'not-asked',
};
const saidBy = ({ kind }: LookedUp): Said => SAID_BY[kind];

/** What says most comes first. `absent` says least: an installation of another team answers that to what it does not know. */
const BEST: readonly LookedUp['kind'][] = [
  'found',
  'gone',
  'later',
  'busy',
  'unreadable',
  'absent',
  'no-token',
];

function bestOf(asked: readonly DeploymentReply[]): DeploymentReply | null {
  for (const kind of BEST) {
    const one = asked.find(({ answer }) => answer.kind === kind);
    if (one !== undefined) return one;
  }
  return null;
}

const RESTORED =
  'It was deleted and restored. What was made for it was removed when it was deleted, so it has nothing: redeploy it.';

function noteOf(
  { actions, live, made }: OnRecord,
  vercel: Said,
  found: DeploymentFacts | null,
  restored: number | null,
): string {
  if (found === null) return actions > 0 ? `It has ${actions} action(s). ${UNTOLD[vercel]}` : UNTOLD[vercel];
  if (made > 0 && live === 0 && restored !== null) return RESTORED;
  if (actions > 0) return `It has ${actions} action(s).`;
  if (found.prebuilt)
    return 'It has no action because it is prebuilt (`vercel deploy --prebuilt`): Vercel starts no action for such a deployment. It runs on the variables of its project.';
  if (found.integrationsStatus === 'pending')
    return 'Vercel waits for an action of it, and its webhook has not come. Check the address and the client secret of the integration.';
  const environment = found.environment?.name ?? 'its environment';
  return `Vercel started no action for it: its project is connected to no resource with an action for ${environment}. Look at the project's connection in Vercel.`;
}

const UNTOLD: Record<Said, string> = {
  found: '',
  gone: 'No installation that was asked knows this deployment: it is deleted, or of a team without the integration.',
  unreadable: "Vercel does not let the installation's token read this deployment.",
  unanswered: 'Vercel was not asked or has not answered in time. Try again in a minute.',
  'not-asked': 'There is no installation with an access token that could be asked about this deployment.',
};
