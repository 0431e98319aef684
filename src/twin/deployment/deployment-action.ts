/** One action of a deployment: the reports of the provider and their effects. */
import type { UpdateAction } from '../api/api-update-action.js';
import type { LateReason } from '../log.js';

export type ActionStatus = 'pending' | 'running' | 'succeeded' | 'failed' | 'canceled';

/**
 * One PATCH and its effect. `repeat`: the same verdict again. `stale`: another report after the verdict.
 * `late`: the deployment had ended. `violation`: it contradicts the verdict.
 */
export interface TwinReport {
  at: number;
  status: string | null;
  statusText: string | null;
  statusUrl: string | null;
  secretNames: string[];
  effect: 'applied' | 'repeat' | 'stale' | 'late' | 'violation';
}

export interface TwinAction {
  /** Changes when the resource is transferred. */
  installationId: string;
  readonly resourceId: string;
  readonly action: string;
  readonly required: boolean;
  status: ActionStatus;
  statusText: string | null;
  statusUrl: string | null;
  reports: TwinReport[];
  /** The secrets of the verdict. Not part of the view. */
  secrets: Map<string, string>;
}

export type TwinActionView = Omit<TwinAction, 'secrets'>;

export type Reported =
  | { effect: 'applied' | 'repeat' | 'stale' }
  | { effect: 'late'; reason: LateReason }
  | { effect: 'violation'; rule: 'contradictory-status' | 'changed-secrets'; message: string }
  | { effect: 'refused'; message: string };

export function isOver(status: ActionStatus): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'canceled';
}

export function newAction(
  of: { installationId: string; resourceId: string; required: boolean },
  slug: string,
): TwinAction {
  const initial = { status: 'pending' as const, statusText: null, statusUrl: null, reports: [] };
  return { ...of, action: slug, ...initial, secrets: new Map() };
}

export function contradicts(action: TwinAction, update: UpdateAction): Reported | undefined {
  const { status } = action;
  if (status !== 'succeeded' && status !== 'failed') return undefined;
  if (update.status === undefined || update.status === 'running') return undefined;
  if (update.status !== status) {
    const message = `reported ${status} before and ${update.status} now`;
    return { effect: 'violation', rule: 'contradictory-status', message };
  }
  if (status === 'failed' || update.outcomes === undefined || same(action.secrets, secretsOf(update))) {
    return undefined;
  }
  const message = 'reported succeeded twice with different secrets';
  return { effect: 'violation', rule: 'changed-secrets', message };
}

function same(one: Map<string, string>, other: Map<string, string>): boolean {
  return one.size === other.size && [...one].every(([name, value]) => other.get(name) === value);
}

export function secretsOf(update: UpdateAction): Map<string, string> {
  const known = (update.outcomes ?? []).filter((outcome) => outcome.kind === 'resource-secrets');
  return new Map(known.flatMap(({ secrets }) => secrets.map(({ name, value }) => [name, value] as const)));
}

export function viewOf({ secrets: _, ...action }: TwinAction): TwinActionView {
  return {
    ...action,
    reports: action.reports.map((report) => ({ ...report, secretNames: [...report.secretNames] })),
  };
}

export function reportOf(update: UpdateAction, effect: TwinReport['effect']): TwinReport {
  return {
    at: Date.now(),
    status: update.status ?? null,
    statusText: update.statusText ?? null,
    statusUrl: update.statusUrl ?? null,
    secretNames: [...secretsOf(update).keys()],
    effect,
  };
}
