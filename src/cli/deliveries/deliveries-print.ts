import type { DeliveryAnswer } from '../../api/deliveries/delivery-answer.js';
import type { DeliveryDetail } from '../../api/deliveries/delivery-detail.js';
import type { PageItem } from '../api/pages.js';
import { fieldList } from '../print/field-list.js';
import { moreOf } from '../print/more.js';
import { table, type Column } from '../print/table.js';
import { age, plain } from '../print/text.js';

const WIDE = 120;

/** Removes the prefix that all types share. */
export const typeOf = (type: string): string => type.replace(/^deployment\.integration\./, '');

const COLUMNS: Column<DeliveryAnswer>[] = [
  { title: 'ID', of: ({ id }) => id },
  { title: 'RESULT', of: ({ result }) => result, toned: true },
  { title: 'AGE', of: ({ receivedAt }) => age(receivedAt) },
  { title: 'TYPE', of: ({ type }) => typeOf(type), cut: 'middle' },
  { title: 'TIMES', of: ({ times }) => times, from: WIDE },
  { title: 'ACTOR', of: ({ actor }) => actor, cut: 'end', from: WIDE },
  { title: 'DEPLOYMENT', of: ({ deploymentId }) => deploymentId, cut: 'middle' },
];

export function printDeliveries({ items, next }: PageItem<DeliveryAnswer>): string {
  if (items.length === 0) return 'no delivery matches';
  return `${table(COLUMNS, items)}${moreOf(items.length, next)}`;
}

export function printDelivery(delivery: DeliveryDetail): string {
  const { id, type, verdict, explanation, transitions, replays } = delivery;
  const known = fieldList([
    ['delivery', id],
    ['type', type],
    ['verdict', `${verdict}: ${explanation}`],
    ['event', delivery.eventId],
    ['times', delivery.times],
    ['actor', delivery.actor],
    ['reason', delivery.reason],
    ['replay of', delivery.replayOf],
    ['replays', replays.join(', ')],
    ['installation', delivery.installationId],
    ['resource', delivery.resourceId],
    ['action', delivery.action],
    ['deployment', delivery.deploymentId],
    ['action id', delivery.actionId],
    ['moved', transitions.map(({ event, from, to }) => `${event}: ${from} → ${to}`).join(', ')],
    ['received', `${age(delivery.receivedAt)} ago`],
  ]);
  return `${known}\n\nBODY\n${bodyOf(delivery.body)}`;
}

/** Formats JSON over several lines. Stored bodies are JSON, but a fallback is cheap. */
function bodyOf(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
      .split('\n')
      .map((line) => `${/^ */.exec(line)?.[0]}${plain(line)}`)
      .join('\n');
  } catch {
    return plain(body);
  }
}
