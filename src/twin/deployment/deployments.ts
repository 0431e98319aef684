import { Builds, type Build } from './builds.js';
import { TwinDeployment } from './deployment.js';
import { isOver, type TwinAction } from './deployment-action.js';
import { readDeployment, type DeploymentInput } from './deployment-input.js';
import type { UpdateAction } from '../api/api-update-action.js';
import type { FaultPlan } from '../faults.js';
import type { Installations } from '../installations.js';
import type { EntryDetail } from '../log.js';
import { TwinError } from '../twin-error.js';
import { actionEvent, removedEvent, type Outgoing } from '../webhook/webhook-event.js';

export interface DeploymentPorts {
  /** Milliseconds from the creation of a deployment until its required actions must have ended. */
  deadlineMs: number;
  build: Build | undefined;
  installations: Installations;
  faults: FaultPlan;
  send(out: Outgoing): void;
  record(detail: EntryDetail): void;
}

/** All deployments, and everything that changes them: webhooks, reports, the deadline, the build. */
export class Deployments {
  private readonly byId = new Map<string, TwinDeployment>();
  private readonly byUrl = new Map<string, TwinDeployment>();
  private readonly deadlines = new Map<TwinDeployment, NodeJS.Timeout>();
  private readonly builds: Builds;

  constructor(private readonly ports: DeploymentPorts) {
    this.builds = new Builds(ports.build, (deployment, error) => {
      this.moveTo(deployment, error === null ? 'ready' : 'error', error && `build: ${error}`);
    });
  }

  get all(): TwinDeployment[] {
    return [...this.byId.values()];
  }

  get count(): number {
    return this.byId.size;
  }

  find(idOrUrl: string): TwinDeployment | undefined {
    return this.byId.get(idOrUrl) ?? this.byUrl.get(idOrUrl);
  }

  /** @throws TwinError when the deployment does not exist */
  get(idOrUrl: string): TwinDeployment {
    const deployment = this.find(idOrUrl);
    if (deployment === undefined) throw new TwinError('not_found', `twin: deployment ${idOrUrl} not found`);
    return deployment;
  }

  /**
   * Creates a deployment: sends one signed start webhook per connection and action, and starts the deadline
   * (contract 1.2, 7).
   */
  create(input: DeploymentInput, build?: Build): TwinDeployment {
    const read = readDeployment(input);
    for (const { installationId } of read.connections) this.refuseUnknown(installationId);
    const deployment = new TwinDeployment(read, build);
    this.byId.set(deployment.id, deployment);
    this.byUrl.set(deployment.url, deployment);
    this.ports.faults.add(read.faults.map((set) => ({ ...set, deployment: deployment.id })));
    this.record(deployment, 'created', null);
    this.send('start', deployment, deployment.actions);
    this.proceed(deployment);
    if (deployment.state === 'waiting') this.startClock(deployment);
    return deployment;
  }

  /** Applies a report about an action of the deployment. Returns what is wrong with it, or null. */
  report(deployment: TwinDeployment, action: TwinAction, update: UpdateAction): string | null {
    const reported = deployment.report(action, update);
    const { installationId, resourceId, action: slug } = action;
    const about = { deploymentId: deployment.id, installationId, resourceId, action: slug };
    switch (reported.effect) {
      case 'refused':
        return reported.message;
      case 'late':
        this.ports.record({
          kind: 'late',
          ...about,
          status: update.status ?? null,
          reason: reported.reason,
        });
        return null;
      case 'violation':
        this.ports.record({
          kind: 'violation',
          ...about,
          rule: reported.rule,
          message: reported.message,
        });
        return null;
      case 'applied':
        this.proceed(deployment);
        return null;
      case 'repeat':
      case 'stale':
        return null;
      default:
        return reported satisfies never;
    }
  }

  /**
   * Cancels the deployment, or with a slug only its actions of that name. The deployment then continues
   * without them, as when a user skips waiting (contract 1.2 "When they fire", 3 `skipped`). Canceling again
   * changes nothing.
   */
  cancel(id: string, slug?: string): TwinDeployment {
    const deployment = this.get(id);
    const which = slug === undefined ? deployment.actions : actionsNamed(deployment, slug);
    if (deployment.state === 'canceled') return deployment;
    if (deployment.settled) {
      throw new TwinError('conflict', `twin: deployment ${id} is ${deployment.state} and cannot be canceled`);
    }
    skip(which);
    if (slug === undefined) this.end(deployment, 'canceled');
    else this.record(deployment, 'action-canceled', slug);
    this.send('cancel', deployment, which);
    this.proceed(deployment);
    return deployment;
  }

  /**
   * Starts the recovery period, as a retention policy does (contract 1.2, 3). The deployment still answers,
   * and no webhook is sent. Doing so again changes nothing.
   */
  deleteSoftly(id: string): TwinDeployment {
    const deployment = this.get(id);
    if (!deployment.settled || deployment.state === 'deleted') {
      throw new TwinError(
        'conflict',
        `twin: deployment ${id} is ${deployment.state} and cannot be deleted softly`,
      );
    }
    if (deployment.recoverable) return deployment;
    deployment.deleteSoftly();
    this.record(deployment, 'deleted-softly', null);
    return deployment;
  }

  /** Ends the recovery period of a deployment. */
  undelete(id: string): TwinDeployment {
    const deployment = this.get(id);
    if (!deployment.recoverable) {
      throw new TwinError('conflict', `twin: deployment ${id} is not in its recovery period`);
    }
    deployment.undelete();
    this.record(deployment, 'undeleted', null);
    return deployment;
  }

  /**
   * Restores a deployment within 30 days of its deletion: it answers again, with the time of the recovery.
   * Sends no webhook, and starts no action.
   */
  restore(id: string): TwinDeployment {
    const deployment = this.get(id);
    if (deployment.state !== 'deleted') return this.undelete(id);
    deployment.restore();
    this.record(deployment, 'restored', null);
    return deployment;
  }

  /**
   * Deletes for good: sends cleanup webhooks, then answers 410 (contract 1.2, 2). Repeating it changes
   * nothing.
   */
  delete(id: string): TwinDeployment {
    const deployment = this.get(id);
    if (deployment.state === 'deleted') return deployment;
    this.end(deployment, 'deleted');
    this.send('cleanup', deployment, deployment.actions);
    return deployment;
  }

  /**
   * Removes an installation: its token stops working; `integration-configuration.removed` is sent, then
   * cleanup for its actions of every deployment that is not deleted (contract 1.2, last paragraph). Builds no
   * longer wait for its actions.
   */
  uninstall(installationId: string): void {
    this.refuseUnknown(installationId);
    const owned = (deployment: TwinDeployment) =>
      deployment.actions.filter((action) => action.installationId === installationId);
    const theirs = this.all.filter((d) => d.state !== 'deleted' && owned(d).length > 0);
    this.ports.send(removedEvent(installationId, [...new Set(theirs.map((d) => d.projectId))]));
    for (const deployment of theirs) {
      skip(owned(deployment));
      this.send('cleanup', deployment, owned(deployment));
    }
    this.ports.installations.remove(installationId);
    for (const deployment of theirs) this.proceed(deployment);
  }

  close(): void {
    this.deadlines.forEach((timer) => clearTimeout(timer));
    this.deadlines.clear();
    this.builds.close();
  }

  /** Starts the build, or fails the deployment, once all required actions have ended. */
  private proceed(deployment: TwinDeployment): void {
    if (deployment.state !== 'waiting') return;
    const verdict = deployment.verdict();
    if (verdict === 'hold') return;
    this.stopClock(deployment);
    deployment.endIntegrations(verdict);
    if (verdict === 'error') {
      this.moveTo(deployment, 'error', failureOf(deployment));
      return;
    }
    this.moveTo(deployment, 'building', null);
    this.builds.begin(deployment);
  }

  /** Contract 7: after the deadline `integrations.status` is `timeout` and the deployment fails. */
  private expire(deployment: TwinDeployment): void {
    this.deadlines.delete(deployment);
    const open = deployment.actions.filter((action) => action.required && !isOver(action.status));
    const names = open.map(({ action, status }) => `${action} is still ${status}`).join(', ');
    deployment.endIntegrations('timeout');
    this.moveTo(deployment, 'error', `integrations did not end in ${this.ports.deadlineMs} ms: ${names}`);
  }

  private end(deployment: TwinDeployment, state: 'canceled' | 'deleted'): void {
    this.stopClock(deployment);
    this.builds.abort(deployment);
    this.moveTo(deployment, state, null);
  }

  private moveTo(deployment: TwinDeployment, state: TwinDeployment['state'], error: string | null): void {
    deployment.moveTo(state, error);
    this.record(deployment, state, error);
  }

  private startClock(deployment: TwinDeployment): void {
    const timer = setTimeout(() => this.expire(deployment), this.ports.deadlineMs);
    this.deadlines.set(deployment, timer);
  }

  private stopClock(deployment: TwinDeployment): void {
    clearTimeout(this.deadlines.get(deployment));
    this.deadlines.delete(deployment);
  }

  /** Sends webhooks to existing installations only. */
  private send(
    operation: 'start' | 'cancel' | 'cleanup',
    deployment: TwinDeployment,
    actions: TwinAction[],
  ): void {
    for (const action of actions) {
      if (!this.ports.installations.has(action.installationId)) continue;
      this.ports.send(actionEvent(operation, deployment, action));
    }
  }

  private refuseUnknown(installationId: string): void {
    if (this.ports.installations.has(installationId)) return;
    const message = `twin: installation ${installationId} not found; PUT /twin/installations/${installationId} first`;
    throw new TwinError('not_found', message);
  }

  private record(deployment: TwinDeployment, change: string, message: string | null): void {
    this.ports.record({ kind: 'deployment', deploymentId: deployment.id, change, message });
  }
}

function actionsNamed(deployment: TwinDeployment, slug: string): TwinAction[] {
  const named = deployment.actions.filter((action) => action.action === slug);
  if (named.length > 0) return named;
  throw new TwinError('not_found', `twin: deployment ${deployment.id} has no action ${slug}`);
}

function skip(actions: TwinAction[]): void {
  for (const action of actions) if (!isOver(action.status)) action.status = 'canceled';
}

function failureOf(deployment: TwinDeployment): string {
  const failed = deployment.actions.filter((action) => action.required && action.status === 'failed');
  return failed.map(({ action, statusText }) => `${action}: ${statusText ?? 'failed'}`).join('; ');
}
