import type { TransitionAnswer } from '../../../src/api/actions/action-answer.js';
import type { DeploymentView, Entry } from '../../../src/twin/twin.js';
import type { Built } from '../environment/build.js';
import type { TimelineLine, LineTone } from './timeline.js';

type EntryOf<K extends Entry['kind']> = Extract<Entry, { kind: K }>;
type Message = Pick<TimelineLine, 'text' | 'tone'>;

/** Returns the timeline's message for an entry of the twin's log; null when another message contains it. */
export function messageOf(entry: Entry, deployment: DeploymentView | null): Message | null {
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
      return line(
        `receives ${entry.status ?? 'a report'} too late: the deployment is ${entry.reason}`,
        'quiet',
      );
    case 'violation':
      return line(`receives a contradictory report: ${entry.message}`, 'bad');
    default:
      return entry satisfies never;
  }
}

const line = (text: string, tone: LineTone): Message => ({ text, tone });

function ofDeployment(entry: EntryOf<'deployment'>, deployment: DeploymentView | null): Message | null {
  const { change, message } = entry;
  const waited = deployment?.unblockedAt ? deployment.unblockedAt - deployment.createdAt : null;
  switch (change) {
    case 'created':
      // The message of the start webhook contains it.
      return deployment !== null && deployment.actions.length > 0
        ? null
        : line(`deploys ${describe(deployment)}`, 'plain');
    case 'building':
      return line(`starts the build${waited === null ? '' : ` after ${seconds(waited)}`}`, 'plain');
    case 'ready':
      return line('READY', 'good');
    case 'error':
      return line(`ERROR: ${message ?? 'no reason'}`, 'bad');
    case 'canceled':
    case 'deleted':
      return line(change.toUpperCase(), 'odd');
    default:
      return line(message === null ? change : `${change} ${message}`, 'plain');
  }
}

function describe(deployment: DeploymentView | null): string {
  if (deployment === null) return 'something';
  const { project, gitRef, target } = deployment;
  return `${project}, ${gitRef === null ? 'no git' : `git ${gitRef}`}, ${target ?? 'preview'}`;
}

function ofWebhook(
  { type, attempt, dropped }: EntryOf<'webhook.sent'>,
  deployment: DeploymentView | null,
): Message {
  const operation = operationOf(type);
  const about = operation === 'start' ? `: ${describe(deployment)}` : '';
  const again = attempt > 1 ? `, try ${attempt}` : '';
  return line(`webhook ${operation}${about}${again}${dropped ? ', lost' : ''}`, 'plain');
}

/** Returns `start` for `deployment.integration.action.start`. */
export function operationOf(type: string): string {
  return type.split('.').at(-1) ?? type;
}

function ofDelivery({ type, outcome, status, error, nextInMs }: EntryOf<'webhook.result'>): Message | null {
  if (outcome === 'delivered') return null;
  const again = nextInMs === null ? 'not repeated' : `again in ${seconds(nextInMs)}`;
  return line(`webhook ${operationOf(type)} was rejected: ${status ?? error}; ${again}`, 'odd');
}

function ofCall({ operation, status, message, fault, body }: EntryOf<'api'>): Message | null {
  if (fault !== null) return line(`answers ${status ?? 'nothing'} to ${operation}, on purpose`, 'odd');
  if (status === null || status >= 300) return line(`rejects ${operation} with ${status}: ${message}`, 'bad');
  return operation === 'update-action' ? ofReport(body) : null;
}

function ofReport(body: unknown): Message {
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
  const received = `receives ${status ?? 'a report without a status'}`;
  if (status === 'succeeded') return line(`${received}, with ${few(names)}`, 'plain');
  return line(
    statusText === undefined ? received : `${received}: ${statusText}`,
    status === 'failed' ? 'bad' : 'plain',
  );
}

function few(names: readonly string[]): string {
  const [first, ...others] = names;
  if (first === undefined) return 'no secrets';
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

/** Returns the message of a transition. */
export function messageOfTransition({ to, reason }: Pick<TransitionAnswer, 'to' | 'reason'>): Message {
  const tone = to === 'failing' || to === 'failed' ? 'bad' : 'quiet';
  return line(reason === null ? to : `${to} (${reason})`, tone);
}

export function messageOfBuild(built: Built | null): Message {
  if (built === null) return line('gets no DATABASE_URL and continues without one', 'plain');
  const { users, orders, bestSeller, builds } = built;
  const here = `finds ${orders} orders of ${users} users (best seller: ${bestSeller}), migrates`;
  return line(`${here}; builds in this database: ${builds.join(', ')}`, 'plain');
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
