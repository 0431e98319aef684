import { logEvent } from '../../log/log.js';
import { provisionerLabel } from '../../metrics/declared-labels.js';
import { sanitize } from '../../errors/error-text.js';
import type { ActionView } from '../../action/claims/action-view.js';
import { aboutCall } from './metered-call.js';
import type { StepPorts } from '../ports/step-ports.js';

/** JSON of a provisioner's fields above this length is logged as text. */
const MOST_DETAIL = 1_500;

/** Makes `request.log`: logs the messages of a provisioner with the ids of its action and allocation. */
export function pluginLog({ view }: { view: ActionView }, { actions }: Pick<StepPorts, 'actions'>) {
  const ids = { ...aboutCall({ view }), provisioner: provisionerLabel(view.action, actions) };
  return (message: unknown, fields?: unknown): void =>
    logEvent('provisioner-said', { ...ids, text: sanitize(String(message)), detail: detailOf(fields) });
}

/** Reads the fields once into plain values: they may be circular, or have getters that throw. */
function detailOf(fields: unknown): object | null {
  try {
    const text = JSON.stringify(fields) ?? '{}';
    if (text === '{}' || text === 'null') return null;
    return shown(sanitize(text), text.length);
  } catch {
    return { unreadable: true };
  }
}

/** Returns an object. Its only field is the text if that is too long, or is no JSON without its passwords. */
function shown(text: string, length: number): object {
  if (length > MOST_DETAIL) return { json: text };
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : { value };
  } catch {
    return { json: text };
  }
}
