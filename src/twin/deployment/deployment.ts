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
  track,
  viewOf,
  type TwinAction,
  type TwinActionView,
  type Reported,
} from './deployment-action.js';

/**
 * Where a deployment is, in the twin's words. `waiting`: the build is held back by required actions;
 * `deleted` stands for what Vercel does after the recovery period: gone for good.
 */
export type DeploymentState = 'waiting' | 'building' | 'ready' | 'error' | 'canceled' | 'deleted';
/** Vercel's own words (contract 3); there is no value for "held back by an action". */
export type ReadyState = 'INITIALIZING' | 'BUILDING' | 'READY' | 'ERROR' | 'CANCELED';
/** Contract 3, `integrations`. */
export interface Integrations {
  status: 'skipped' | 'pending' | 'ready' | 'error' | 'timeout';
  startedAt: number;
  completedAt?: number;
  skippedAt?: number;
  skippedBy?: string;
}

/** What `GET /twin/deployments/{id}` answers. Times are milliseconds since 1970. */
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
  /** What succeeded actions handed over: names to values. */
  env: Record<string, string>;
  actions: TwinActionView[];
  createdAt: number;
  /** When the build was let go; null until then, and for ever when it never was. */
  unblockedAt: number | null;
  settledAt: number | null;
  error?: string;
}

/** 64 KB for all environment variables of a deployment (contract 2, "Limits"). */
export const MAX_ENV_BYTES = 64 * 1024;

const READY_STATE = {
  waiting: 'INITIALIZING',
  building: 'BUILDING',
  ready: 'READY',
  error: 'ERROR',
  canceled: 'CANCELED',
} as const;

/** One deployment's state. Decides, and does nothing outside itself: no timers, no requests. */
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
  /** When it was last taken back out of the recovery period (contract 3, `undeletedAt`). */
  undeletedAt: number | null = null;
  error: string | null = null;
  private current: DeploymentState = 'waiting';
  /** Where it was when it was deleted: a restore leads back there. */
  private before: DeploymentState | null = null;

  constructor(
    readonly input: NewDeployment,
    readonly build?: Build,
  ) {
    this.url = hostOf(input.project, this.id);
    this.projectId = projectIdOf(input.project);
    this.gitSha = input.gitRef === null ? null : (input.gitSha ?? shaOf(this.id));
    const connections = input.prebuilt ? [] : input.connections;
    this.actions = connections.flatMap(({ actions, ...of }) => actions.map((slug) => track(of, slug)));
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

  /** In the recovery period: deleted and not yet gone. */
  get recoverable(): boolean {
    return this.current !== 'deleted' && (this.deletedAt ?? 0) > (this.undeletedAt ?? 0);
  }

  /** Begins the recovery period; `deletedAt` stays when it ends, as `undeletedAt` tells. */
  deleteSoftly(): void {
    this.deletedAt = Math.max(Date.now(), (this.undeletedAt ?? 0) + 1);
  }

  undelete(): void {
    this.undeletedAt = Math.max(Date.now(), (this.deletedAt ?? 0) + 1);
  }

  /** Back after its deletion, as it was and without a new start: what its cleanup took away stays away. */
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

  /** `hold` while a required action has not ended; then what the end of all of them means for the build. */
  verdict(): 'hold' | 'ready' | 'error' | 'skipped' {
    const required = this.actions.filter((action) => action.required);
    if (required.some((action) => !isOver(action.status))) return 'hold';
    if (required.some((action) => action.status === 'failed')) return 'error';
    return required.length > 0 && required.every((a) => a.status === 'canceled') ? 'skipped' : 'ready';
  }

  /**
   * Takes one PATCH. Contract 2 leaves open what a second verdict or a report after the end does [U]: the
   * twin accepts them all, the first verdict stays, and what came after it is told apart.
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
