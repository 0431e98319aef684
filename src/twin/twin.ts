import type { Server } from 'node:http';
import { Api } from './api/api.js';
import { ApiEndpoint } from './api/api-endpoint.js';
import type { Build } from './deployment/builds.js';
import { control } from './control.js';
import type { DeploymentInput } from './deployment/deployment-input.js';
import type { DeploymentView } from './deployment/deployment.js';
import { Deployments } from './deployment/deployments.js';
import { checkFaults, FaultPlan, type Faults } from './faults.js';
import { Installations } from './installations.js';
import { Log, type Entry, type EntryDetail } from './log.js';
import { listen, reply, serve, shut } from './server.js';
import { transferInstallation, transferResource, type Transferring } from './transfers.js';
import { readOptions, type TwinOptions } from './twin-options.js';
import { TwinError } from './twin-error.js';
import { Waiters } from './waiters.js';
import type { Outgoing } from './webhook/webhook-event.js';
import { WebhookSender } from './webhook/webhook-sender.js';

export type { Build, DeploymentInput, DeploymentView, Entry, Faults, TwinOptions };

/** Starts a twin that listens. Rejects when an option is wrong or the port is in use. */
export async function startTwin(options: TwinOptions): Promise<Twin> {
  const twin = new Twin(options);
  await twin.start();
  return twin;
}

/**
 * An imitation of Vercel: blocks deployments, sends signed webhooks, serves the API that providers report to.
 * Follows the contract; where the contract is silent, a comment says what the twin does. Methods throw a
 * {@link TwinError} for wrong input (`bad_request`), unknown ids (`not_found`) and forbidden changes
 * (`conflict`).
 */
export class Twin {
  private readonly settings: ReturnType<typeof readOptions>;
  private readonly installations = new Installations();
  private readonly plan: FaultPlan;
  private readonly waiters = new Waiters();
  private readonly entries: Log;
  private readonly sender: WebhookSender;
  private readonly registry: Deployments;
  private readonly endpoint: ApiEndpoint;
  private readonly server: Server;
  private listening: string | null = null;
  private closing: Promise<void> | null = null;

  constructor(options: TwinOptions) {
    this.settings = readOptions(options);
    const { deadlineMs, build, webhooks, seed, keepLog, onEntry, view } = this.settings;
    const record = (detail: EntryDetail) => this.record(detail);
    for (const [id, token] of Object.entries(this.settings.installations)) this.install(id, token);
    this.plan = new FaultPlan(seed);
    this.entries = new Log(keepLog, onEntry);
    this.sender = new WebhookSender(webhooks, this.plan, record);
    this.registry = new Deployments({
      deadlineMs,
      build,
      record,
      installations: this.installations,
      faults: this.plan,
      send: (out) => this.sender.send(out),
    });
    const api = new Api(this.registry, this.installations, view);
    this.endpoint = new ApiEndpoint(api, this.plan, record);
    this.server = this.createServer();
  }

  /** Base URL of the API and, with `/twin`, of the control API: `http://127.0.0.1:4000`. */
  get url(): string {
    if (this.listening === null) throw new TwinError('closed', 'twin: not started');
    return this.listening;
  }

  /** Number of copies of webhooks that are neither delivered nor discarded. */
  get pendingWebhooks(): number {
    return this.sender.pending;
  }

  async start(): Promise<void> {
    this.listening = await listen(this.server, this.settings.port, this.settings.host);
  }

  /** Stops timers, builds and sends, closes every connection, rejects all waits. May be called again. */
  close(): Promise<void> {
    this.closing ??= this.stop();
    return this.closing;
  }

  /** @param build the build of this deployment; default: the twin's */
  createDeployment(input: DeploymentInput, build?: Build): DeploymentView {
    return this.registry.create(input, build).view();
  }

  /** Finds a deployment by id or host name. */
  deployment(id: string): DeploymentView {
    return this.registry.get(id).view();
  }

  /** Lists all deployments, oldest first. */
  deployments(): DeploymentView[] {
    return this.registry.all.map((deployment) => deployment.view());
  }

  /** Cancels the deployment, or with a slug only its actions of that name. */
  cancel(id: string, action?: string): DeploymentView {
    return this.registry.cancel(id, action).view();
  }

  /** Deletes a deployment for good: cleanup webhooks, then 410. */
  delete(id: string): DeploymentView {
    return this.registry.delete(id).view();
  }

  /** Starts the recovery period of a deployment: the API answers with `deletedAt`, and no webhook is sent. */
  deleteSoftly(id: string): DeploymentView {
    return this.registry.deleteSoftly(id).view();
  }

  /** Ends the recovery period of a deployment. */
  undelete(id: string): DeploymentView {
    return this.registry.undelete(id).view();
  }

  /** Restores a deployment after its deletion, also after its cleanup. */
  restore(id: string): DeploymentView {
    return this.registry.restore(id).view();
  }

  /** Installs, or replaces the token of an installation. */
  install(installationId: string, accessToken: string): void {
    this.installations.set(installationId, accessToken);
  }

  /** Adds a valid token of another team, for which no installation and no deployment exists. */
  addForeignToken(accessToken: string): void {
    this.installations.addForeign(accessToken);
  }

  /**
   * Transfers an installation to another account: sends `integration-configuration.transferred`. The previous
   * token belongs to another team afterwards.
   */
  transferInstallation(installationId: string, accessToken: string): void {
    transferInstallation(this.transferring, installationId, accessToken);
  }

  /** Moves a resource to another installation. Later webhooks name that installation; no webhook is sent. */
  transferResource(resourceId: string, source: string, target: string): void {
    transferResource(this.transferring, resourceId, source, target);
  }

  private get transferring(): Transferring {
    const send = (out: Outgoing): void => this.sender.send(out);
    return { installations: this.installations, deployments: this.registry, send };
  }

  /**
   * Removes an installation: sends `integration-configuration.removed` and cleanup webhooks, then answers
   * 401.
   */
  uninstall(installationId: string): void {
    this.registry.uninstall(installationId);
  }

  setWebhookUrl(url: string | null): void {
    this.sender.setUrl(url);
  }

  /**
   * Replaces all faults, also those of deployments, and resets the counts and the random numbers. `{}` or
   * `[]`: no faults.
   */
  setFaults(faults: Faults | Faults[]): void {
    const read = checkFaults(faults);
    if (!read.ok) throw new TwinError('bad_request', `twin: ${read.message}`);
    this.plan.replace(read.value);
  }

  faults(): Faults[] {
    return this.plan.current;
  }

  /** All kept entries, oldest first, with the values of secrets (`GET /twin/log` omits them). */
  log(): Entry[] {
    return this.entries.read();
  }

  /**
   * With an id: resolves with the deployment once it has ended (ready, error, canceled or deleted). With a
   * predicate: resolves once it is true; the twin calls it after every change. Rejects after `timeoutMs` with
   * a message that says what the deployment waits for.
   */
  waitFor(deploymentId: string, timeoutMs: number): Promise<DeploymentView>;
  waitFor(predicate: (twin: Twin) => boolean, timeoutMs: number): Promise<void>;
  async waitFor(what: string | ((twin: Twin) => boolean), timeoutMs: number): Promise<DeploymentView | void> {
    if (typeof what === 'function') {
      const late = () => `twin: the predicate is still false after ${timeoutMs} ms`;
      return this.waiters.until(() => what(this), timeoutMs, late);
    }
    const deployment = this.registry.get(what);
    const late = () => `twin: ${describe(deployment.view())} after ${timeoutMs} ms`;
    await this.waiters.until(() => deployment.settled, timeoutMs, late, deployment.id);
    return deployment.view();
  }

  /** The answer of `GET /twin`. */
  summary() {
    return {
      url: this.url,
      webhookUrl: this.sender.url,
      installations: this.installations.ids,
      deployments: this.registry.count,
      pendingWebhooks: this.pendingWebhooks,
      faults: this.faults(),
    };
  }

  private record(detail: EntryDetail): void {
    this.entries.append(detail);
    this.waiters.changed(detail.deploymentId);
  }

  private createServer(): Server {
    return serve((request, response, path, query, body) => {
      if (path !== '/twin' && !path.startsWith('/twin/')) {
        this.endpoint.receive(request, response, path, body);
        return;
      }
      reply(response, control(this, request.method ?? '', path, query, body));
    });
  }

  private async stop(): Promise<void> {
    this.registry.close();
    this.endpoint.close();
    this.waiters.close();
    const started = this.listening !== null;
    await Promise.all([this.sender.close(), started ? shut(this.server) : undefined]);
  }
}

function describe({ id, state, actions }: DeploymentView): string {
  const open = actions.map(
    ({ action, status, statusText }) => `${action} ${status} (${statusText ?? 'no text'})`,
  );
  return `deployment ${id} is still ${state}: ${open.join(', ') || 'no actions'}`;
}
