import type { TransitionAnswer } from '../../src/api/actions/action-answer.js';
import type { DeploymentView, Entry } from '../../src/twin/twin.js';
import type { Built } from './build.js';
import type { TimelineLine, LineTone } from './timeline.js';

type Fact<K extends Entry['kind']> = Extract<Entry, { kind: K }>;
type Words = Pick<TimelineLine, 'text' | 'tone'>;

/** What the twin's log says, for the timeline; null for what other facts say as well. */
export function wordsOf(entry: Entry, deployment: DeploymentView | null): Words | null {
  switch (entry.kind) {
    case 'deployment':
      return ofDeployment(entry, deployment);
    case 'webhook.sent':
      return ofWebhook(entry, deployment);
    case 'webhook.result':
      return ofDelivery(entry);
    case 'api':
      return ofCall(entry);
    case 'late':
      return words(
        `is told ${entry.status ?? 'something'} too late: the deployment is ${entry.reason}`,
        'quiet',
      );
    case 'violation':
      return words(`is told a contradiction: ${entry.message}`, 'bad');
    default:
      return entry satisfies never;
  }
}

const words = (text: string, tone: LineTone): Words => ({ text, tone });

function ofDeployment(entry: Fact<'deployment'>, deployment: DeploymentView | null): Words | null {
  const { change, message } = entry;
  const waited = deployment?.unblockedAt ? deployment.unblockedAt - deployment.createdAt : null;
  switch (change) {
    case 'created':
      // The start webhook says it.
      return deployment !== null && deployment.actions.length > 0
        ? null
        : words(`deploys ${describe(deployment)}`, 'plain');
    case 'building':
      return words(`lets the build go${waited === null ? '' : ` after ${seconds(waited)}`}`, 'plain');
    case 'ready':
      return words('READY', 'good');
    case 'error':
      return words(`ERROR: ${message ?? 'no reason'}`, 'bad');
    case 'canceled':
    case 'deleted':
      return words(change.toUpperCase(), 'odd');
    default:
      return words(message === null ? change : `${change} ${message}`, 'plain');
  }
}

function describe(deployment: DeploymentView | null): string {
  if (deployment === null) return 'something';
  const { project, gitRef, target } = deployment;
  return `${project}, ${gitRef === null ? 'no git' : `git ${gitRef}`}, ${target ?? 'preview'}`;
}

function ofWebhook(
  { type, attempt, dropped }: Fact<'webhook.sent'>,
  deployment: DeploymentView | null,
): Words {
  const operation = operationOf(type);
  const about = operation === 'start' ? `: ${describe(deployment)}` : '';
  const again = attempt > 1 ? `, try ${attempt}` : '';
  return words(`webhook ${operation}${about}${again}${dropped ? ', lost on its way' : ''}`, 'plain');
}

/** `start` of `deployment.integration.action.start`. */
export function operationOf(type: string): string {
  return type.split('.').at(-1) ?? type;
}

function ofDelivery({ type, outcome, status, error, nextInMs }: Fact<'webhook.result'>): Words | null {
  if (outcome === 'delivered') return null;
  const again = nextInMs === null ? 'given up' : `again in ${seconds(nextInMs)}`;
  return words(`webhook ${operationOf(type)} was not taken: ${status ?? error}; ${again}`, 'odd');
}

function ofCall({ operation, status, message, fault, body }: Fact<'api'>): Words | null {
  if (fault !== null) return words(`answers ${status ?? 'nothing'} to ${operation}, on purpose`, 'odd');
  if (status === null || status >= 300)
    return words(`refuses ${operation} with ${status}: ${message}`, 'bad');
  return operation === 'update-action' ? ofReport(body) : null;
}

function ofReport(body: unknown): Words {
  const {
    status,
    statusText,
    outcomes = [],
  } = body as {
    status?: string;
    statusText?: string;
    outcomes?: { secrets?: { name: string }[] }[];
  };
  const names = outcomes.flatMap(({ secrets = [] }) => secrets.map(({ name }) => name));
  const told = `is told ${status ?? 'nothing new'}`;
  if (status === 'succeeded') return words(`${told}, with ${few(names)}`, 'plain');
  return words(
    statusText === undefined ? told : `${told}: ${statusText}`,
    status === 'failed' ? 'bad' : 'plain',
  );
}

function few(names: readonly string[]): string {
  const [first, ...others] = names;
  if (first === undefined) return 'no secrets';
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

/** A change on Drawbridge's audit. */
export function wordsOfTransition({ to, reason }: Pick<TransitionAnswer, 'to' | 'reason'>): Words {
  const tone = to === 'failing' || to === 'failed' ? 'bad' : 'quiet';
  return words(reason === null ? to : `${to} (${reason})`, tone);
}

export function wordsOfBuild(built: Built | null): Words {
  if (built === null) return words('has no DATABASE_URL, and goes on without', 'plain');
  const { users, orders, bestSeller, builds } = built;
  const here = `finds ${orders} orders of ${users} users (best seller: ${bestSeller}), migrates`;
  return words(`${here}; built here: ${builds.join(', ')}`, 'plain');
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
