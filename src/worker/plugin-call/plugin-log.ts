import { logEvent } from '../../log/log.js';
import { provisionerLabel } from '../../metrics/declared.js';
import { sanitize } from '../../errors/error-text.js';
import type { ActionRun } from '../run/action-run.js';
import { aboutCall } from './metered-call.js';
import type { Tools } from '../run/tools.js';

/** More than this of a provisioner's fields, as JSON, is no line of a log any more. */
const MOST_DETAIL = 1_500;

/** `request.log`: a provisioner's own words, with the ids of what they are about. */
export function pluginLog(errand: Pick<ActionRun, 'view'>, { actions }: Pick<Tools, 'actions'>) {
  const ids = { ...aboutCall(errand), provisioner: provisionerLabel(errand.view.action, actions) };
  return (message: unknown, fields?: unknown): void =>
    logEvent('provisioner-said', { ...ids, text: sanitize(String(message)), detail: detailOf(fields) });
}

/** Read once into plain values: what a plugin passes may be circular, or throw when it is looked at. */
function detailOf(fields: unknown): object | null {
  try {
    const text = JSON.stringify(fields) ?? '{}';
    if (text === '{}' || text === 'null') return null;
    return shown(sanitize(text), text.length);
  } catch {
    return { unreadable: true };
  }
}

/** As an object; as text where it is too long, or none any more without its passwords. */
function shown(text: string, length: number): object {
  if (length > MOST_DETAIL) return { json: text };
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : { value };
  } catch {
    return { json: text };
  }
}
