import type {
  ActionAnswer,
  ActionDetail,
  CallAnswer,
  TransitionAnswer,
} from '../../api/actions/action-answer.js';
import type { DeliveryAnswer } from '../../api/deliveries/delivery-answer.js';
import type { PageItem } from '../api/pages.js';
import { typeOf } from '../deliveries/deliveries-print.js';
import { fieldList } from '../print/field-list.js';
import { moreOf } from '../print/more.js';
import { table, type Column } from '../print/table.js';
import { age } from '../print/text.js';

const WIDE = 120;

const COLUMNS: Column<ActionAnswer>[] = [
  { title: 'ID', of: ({ id }) => id },
  { title: 'STATE', of: ({ state }) => state, toned: true },
  { title: 'AGE', of: ({ createdAt }) => age(createdAt) },
  { title: 'ACTION', of: ({ action }) => action, cut: 'end' },
  { title: 'PROJECT', of: ({ project }) => project, cut: 'end', from: WIDE },
  { title: 'GIT REF', of: ({ gitRef }) => gitRef, cut: 'end', from: WIDE },
  { title: 'DEPLOYMENT', of: ({ deploymentId }) => deploymentId, cut: 'middle' },
  { title: 'STATUS', of: ({ statusText }) => statusText, cut: 'end', from: WIDE },
];

export function printActions({ items, next }: PageItem<ActionAnswer>): string {
  if (items.length === 0) return 'no action matches';
  return `${table(COLUMNS, items)}${moreOf(items.length, next)}`;
}

export const printCommandResult = ({ id, state }: ActionAnswer): string => `action ${id}: ${state}`;

const TRANSITIONS: Column<TransitionAnswer>[] = [
  { title: 'AGE', of: ({ at }) => age(at) },
  { title: 'EVENT', of: ({ event }) => event },
  { title: 'FROM', of: ({ from }) => from },
  { title: 'TO', of: ({ to }) => to, toned: true },
  { title: 'ACTOR', of: ({ actor }) => actor, cut: 'end' },
  { title: 'REASON', of: ({ reason }) => reason, cut: 'end' },
];

const DELIVERIES: Column<DeliveryAnswer>[] = [
  { title: 'ID', of: ({ id }) => id },
  { title: 'AGE', of: ({ receivedAt }) => age(receivedAt) },
  { title: 'TYPE', of: ({ type }) => typeOf(type), cut: 'middle' },
  { title: 'TIMES', of: ({ times }) => times },
  { title: 'ACTOR', of: ({ actor }) => actor, cut: 'end' },
];

const CALLS: Column<CallAnswer>[] = [
  { title: 'AGE', of: ({ at }) => age(at) },
  { title: 'CALL', of: ({ operation }) => operation },
  { title: 'STATUS', of: ({ status }) => status },
  { title: 'TOOK', of: ({ durationMs }) => `${Math.round(durationMs)} ms` },
  { title: 'TRY', of: ({ attempt }) => attempt },
  { title: 'CODE', of: ({ code }) => code, cut: 'end' },
];

export function printAction(action: ActionDetail): string {
  const { transitions, deliveries, calls } = action;
  return [
    fieldsOf(action),
    `TRANSITIONS\n${table(TRANSITIONS, transitions)}`,
    ...(deliveries.length === 0 ? [] : [`WEBHOOKS\n${table(DELIVERIES, deliveries)}`]),
    ...(calls.length === 0 ? [] : [`CALLS TO VERCEL\n${table(CALLS, calls)}`]),
  ].join('\n\n');
}

function fieldsOf(action: ActionDetail): string {
  const { allocation, deadlineAt, state, outcome, reason } = action;
  return fieldList([
    ['action', `${action.action}, ${action.id}`],
    ['state', state],
    ['outcome', outcome],
    ['reason', reason],
    ['status', action.statusText],
    ['deployment', action.deploymentId],
    ['project', action.project],
    ['git ref', action.gitRef],
    ['target', action.target],
    ['installation', action.installationId],
    ['resource', action.resourceId],
    ['attempts', action.attempts],
    ['created', `${age(action.createdAt)} ago`],
    ['deadline', deadlineAt && deadlineOf(deadlineAt)],
    ['holds', allocation && `${allocation.key} (${allocation.state})`],
    ['held by', allocation && holdersOf(allocation.holders.length)],
    ['retry', state === 'failed' ? retryText(action) : null],
  ]);
}

/** Says whether the failed action can be retried. */
function retryText({ commands }: ActionDetail): string {
  const why = commands.find(({ name }) => name === 'retry')?.why ?? null;
  return why === null ? 'possible' : `no: ${why}`;
}

const deadlineOf = (at: string): string => (Date.parse(at) < Date.now() ? `${age(at)} ago` : age(at));
const holdersOf = (count: number): string => `${count} action${count === 1 ? '' : 's'}`;
