import { hostOf, projectIdOf, randomId, shaOf } from '../ids.js';
import type { Build } from './builds.js';
import type { LateReason } from '../log.js';
import type { NewDeployment } from './deployment-input.js';
import type { UpdateAction } from '../api/api-update-action.js';
import {
  contradicts,
  isOver,
  reportOf,
  secretsOf,
  newAction,
  viewOf,
  type TwinAction,
  type TwinActionView,
  type Reported,
} from './deployment-action.js';

/**
 * The twin's state of a deployment. `waiting`: required actions block the build. `deleted`: deleted for good,
 * after the recovery period.
 */
export type DeploymentState = 'waiting' | 'building' | 'ready' | 'error' | 'canceled' | 'deleted';
/** Vercel's state (contract 3). It has no value for "blocked by an action". */
export type ReadyState = 'INITIALIZING' | 'BUILDING' | 'READY' | 'ERROR' | 'CANCELED';
/** Contract 3, `integrations`. */
export interface Integrations {
  status: 'skipped' | 'pending' | 'ready' | 'error' | 'timeout';
  startedAt: number;
  completedAt?: number;
  skippedAt?: number;
  skippedBy?: string;
}

/** The answer of `GET /twin/deployments/{id}`. Times are milliseconds since 1970. */
export interface DeploymentView {
  id: string;
  url: string;
  project: string;
  projectId: string;
  gitRef: string | null;
  gitSha: string | null;
  target: 'production' | 'staging' | null;
  state: DeploymentState;
  readyState: ReadyState;
  integrations: Integrations | null;
  /** The secrets of succeeded actions, values by name. */
  env: Record<string, string>;
  actions: TwinActionView[];
  createdAt: number;
  /** When the build was started; null until then. */
  unblockedAt: number | null;
  settledAt: number | null;
  error?: string;
}

/** Limit of all environment variables of a deployment: 64 KB (contract 2, "Limits"). */
export const MAX_ENV_BYTES = 64 * 1024;

const READY_STATE = {
  waiting: 'INITIALIZING',
  building: 'BUILDING',
  ready: 'READY',
  error: 'ERROR',
  canceled: 'CANCELED',
} as const;

/** The state of one deployment. Has no timers and makes no requests. */
export class TwinDeployment {
  readonly id = randomId('dpl_');
  readonly createdAt = Date.now();
  readonly url: string;
  readonly projectId: string;
  readonly gitSha: string | null;
  readonly actions: TwinAction[];
  readonly env = new Map<string, string>();
  readyState: ReadyState = 'INITIALIZING';
  integrations: Integrations | null;
  unblockedAt: number | null = null;
  settledAt: number | null = null;
  deletedAt: number | null = null;
  /** The time of the last recovery (contract 3, `undeletedAt`). */
  undeletedAt: number | null = null;
  error: string | null = null;
  private current: DeploymentState = 'waiting';
  /** The state before the deletion; `restore` returns to it. */
  private before: DeploymentState | null = null;

  constructor(
    readonly input: NewDeployment,
    readonly build?: Build,
  ) {
    this.url = hostOf(input.project, this.id);
    this.projectId = projectIdOf(input.project);
    this.gitSha = input.gitRef === null ? null : (input.gitSha ?? shaOf(this.id));
    const connections = input.prebuilt ? [] : input.connections;
    this.actions = connections.flatMap(({ actions, ...of }) => actions.map((slug) => newAction(of, slug)));
    this.integrations = this.actions.length === 0 ? null : { status: 'pending', startedAt: this.createdAt };
  }

  get state(): DeploymentState {
    return this.current;
  }

  get settled(): boolean {
    return this.current !== 'waiting' && this.current !== 'building';
  }

  action(installationId: string, resourceId: string, slug: string): TwinAction | undefined {
    return this.actions.find(
      (a) => a.action === slug && a.resourceId === resourceId && a.installationId === installationId,
    );
  }

  moveTo(state: DeploymentState, error: string | null = null): void {
    const wasOpen = !this.settled;
    if (state === 'deleted') this.before = wasOpen ? 'canceled' : this.current;
    this.current = state;
    if (state === 'building') this.unblockedAt = Date.now();
    if (state === 'deleted') this.deletedAt = Date.now();
    if (error !== null) this.error = error;
    if (wasOpen && this.settled) this.settledAt = Date.now();
    if (state !== 'deleted') this.readyState = READY_STATE[state];
    else if (wasOpen) this.readyState = 'CANCELED';
  }

  /** In the recovery period: deleted, but not for good. */
  get recoverable(): boolean {
    return this.current !== 'deleted' && (this.deletedAt ?? 0) > (this.undeletedAt ?? 0);
  }

  /** Starts the recovery period. `deletedAt` stays when the period ends, and `undeletedAt` is later then. */
  deleteSoftly(): void {
    this.deletedAt = Math.max(Date.now(), (this.undeletedAt ?? 0) + 1);
  }

  undelete(): void {
    this.undeletedAt = Math.max(Date.now(), (this.deletedAt ?? 0) + 1);
  }

  /** Restores the deployment after its deletion, in its previous state. Its actions are not started again. */
  restore(): void {
    if (this.before === null) return;
    this.current = this.before;
    this.undelete();
  }

  endIntegrations(status: 'ready' | 'error' | 'timeout' | 'skipped'): void {
    if (this.integrations === null) return;
    const at = Date.now();
    const skipped = status === 'skipped' ? { skippedAt: at, skippedBy: 'user_twin' } : {};
    this.integrations = { ...this.integrations, status, completedAt: at, ...skipped };
  }

  /** `hold` while a required action has not ended; then the effect of their results on the build. */
  verdict(): 'hold' | 'ready' | 'error' | 'skipped' {
    const required = this.actions.filter((action) => action.required);
    if (required.some((action) => !isOver(action.status))) return 'hold';
    if (required.some((action) => action.status === 'failed')) return 'error';
    return required.length > 0 && required.every((a) => a.status === 'canceled') ? 'skipped' : 'ready';
  }

  /**
   * Applies one PATCH. Contract 2 does not define a second verdict or a report after the end [U]: the twin
   * accepts all of them, keeps the first verdict, and marks the later ones.
   */
  report(action: TwinAction, update: UpdateAction): Reported {
    const reported = this.judge(action, update);
    if (reported.effect !== 'refused') action.reports.push(reportOf(update, reported.effect));
    return reported;
  }

  view(): DeploymentView {
    const { id, url, projectId, gitSha, readyState, createdAt, unblockedAt, settledAt, state } = this;
    const { project, gitRef, target } = this.input;
    const actions = this.actions.map(viewOf);
    const integrations = this.integrations && { ...this.integrations };
    const env = Object.fromEntries(this.env);
    const view = {
      id,
      url,
      project,
      projectId,
      gitRef,
      gitSha,
      target,
      state,
      readyState,
      integrations,
      env,
    };
    const times = { createdAt, unblockedAt, settledAt };
    return { ...view, actions, ...times, ...(this.error === null ? {} : { error: this.error }) };
  }

  private judge(action: TwinAction, update: UpdateAction): Reported {
    const contradiction = contradicts(action, update);
    if (contradiction) return contradiction;
    const late = this.lateness(action);
    if (late) return { effect: 'late', reason: late };
    if (isOver(action.status)) return { effect: update.status === action.status ? 'repeat' : 'stale' };
    return this.apply(action, update);
  }

  private lateness(action: TwinAction): LateReason | undefined {
    if (this.current === 'canceled') return 'canceled';
    if (this.current === 'error') return this.integrations?.status === 'timeout' ? 'timeout' : 'error';
    return action.status === 'canceled' ? 'action-canceled' : undefined;
  }

  private apply(action: TwinAction, update: UpdateAction): Reported {
    const secrets = update.status === 'succeeded' ? secretsOf(update) : new Map<string, string>();
    const env = new Map([...this.env, ...secrets]);
    const bytes = sizeOf(env);
    if (bytes > MAX_ENV_BYTES) {
      const message = `the deployment's environment would have ${bytes} bytes; ${MAX_ENV_BYTES} are allowed`;
      return { effect: 'refused', message };
    }
    for (const [name, value] of secrets) this.env.set(name, value);
    action.secrets = secrets;
    action.status = update.status ?? action.status;
    action.statusText = update.statusText ?? action.statusText;
    action.statusUrl = update.statusUrl ?? action.statusUrl;
    return { effect: 'applied' };
  }
}

function sizeOf(env: Map<string, string>): number {
  let bytes = 0;
  for (const [name, value] of env) bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  return bytes;
}
