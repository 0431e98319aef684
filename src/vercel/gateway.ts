/**
 * The gateway to Vercel's API: tell it what became of an action, ask it about a deployment.
 *
 * One method call is one HTTP request, at most. **The gateway never retries**: the worker owns the loop,
 * because before each retry it has to check its fencing token and the action's deadline (`retry.ts` has the
 * arithmetic). Whatever Vercel or the network does is a value of a closed union; what is thrown is a mistake
 * in our program.
 */
import type { VercelCore } from '@vercel/sdk/core.js';
import { deploymentsGetDeployment } from '@vercel/sdk/funcs/deploymentsGetDeployment.js';
import { deploymentsUpdateIntegrationDeploymentAction } from '@vercel/sdk/funcs/deploymentsUpdateIntegrationDeploymentAction.js';
import { marketplaceGetAccountInfo } from '@vercel/sdk/funcs/marketplaceGetAccountInfo.js';
import type { Result } from '@vercel/sdk/types/fp.js';
import { Agent } from 'undici';
import { inVercelSpan } from '../tracing/vercel-span.js';
import {
  type RequestSubject,
  recordedCode,
  type DeploymentAnswer,
  deploymentAnswer,
  type ReportAnswer,
  reportAnswer,
} from './answer.js';
import { Circuit, type CircuitOptions, type CircuitStatus } from './request/circuit.js';
import { type Exchange, exchange, type ExchangeRequest } from './request/exchange.js';
import { rateLimitOf, type RateLimit } from './request/rate-limit.js';
import { bodyOf, type ActionReport } from './report.js';
import { throughSdk } from './request/sdk-request.js';

export type { DeploymentAnswer, ReportAnswer } from './answer.js';
export type { RateLimit } from './request/rate-limit.js';
export type { ActionReport } from './report.js';

export interface VercelGatewayOptions {
  /** `https://api.vercel.com`; a path after the host is kept. */
  readonly apiUrl: string;
  readonly userAgent: string;
  /** For a whole call, waiting for a connection included. A connection alone may take half of it. */
  readonly timeoutMs?: number;
  /** Open connections at most; four times as many calls may be under way, the rest gets `later` at once. */
  readonly connections?: number;
  readonly circuit?: Partial<Pick<CircuitOptions, 'failures' | 'halfOpenAfterMs'>>;
  /** Told of every call when it is over, before its answer is returned. Must not throw. */
  readonly onCall?: (call: GatewayCall) => void;
  /** Told when the circuit opens, and when it closes after that. Must not throw. */
  readonly onCircuit?: (state: 'open' | 'closed') => void;
  /** Epoch milliseconds, for `Retry-After` dates. */
  readonly now?: () => number;
}

/** What is recorded of a call; never a token, a secret, or more of a body than the words in it. */
export interface GatewayCall {
  readonly operation: 'updateAction' | 'getDeployment' | 'getAccount';
  readonly installationId: string;
  readonly deploymentId: string;
  /** What the caller said it was for; null when it said nothing. */
  readonly about: CallSubject | null;
  readonly method: string;
  readonly path: string;
  /** Null when no status came. */
  readonly status: number | null;
  readonly durationMs: number;
  /**
   * Vercel's error code, or what happened on the way (`timeout`, `ECONNREFUSED`, `circuit-open`); null when
   * all went well.
   */
  readonly code: string | null;
  /** What the answer says of its rate limit; null where it says nothing. */
  readonly rateLimit: RateLimit | null;
  /** What it reported, and in which words; null when it reported nothing. */
  readonly told: ActionReport['status'] | null;
  readonly said: string | null;
}

/** For the record alone: on behalf of which action, and the how-manieth try of its step. */
export interface CallSubject {
  readonly actionId: string;
  /** 1 and up. */
  readonly attempt: number;
}

export interface DeploymentCall {
  /** The installation's access token. */
  readonly token: string;
  readonly installationId: string;
  readonly deploymentId: string;
  readonly about?: CallSubject;
}

export interface ActionCall extends DeploymentCall {
  /** The provider's own id of the resource, as the webhook gave it. */
  readonly resourceId: string;
  readonly action: string;
}

type SdkCall = (client: VercelCore) => PromiseLike<Result<unknown>>;

export class VercelGateway {
  readonly #options: VercelGatewayOptions;
  readonly #agent: Agent;
  readonly #circuit: Circuit;
  readonly #timeoutMs: number;
  readonly #now: () => number;

  constructor(options: VercelGatewayOptions) {
    const { timeoutMs = 10_000, connections = 128 } = options;
    this.#options = options;
    this.#timeoutMs = timeoutMs;
    this.#now = options.now ?? Date.now;
    // HTTP/1.1: one request per connection at a time, so "sent" means what it says.
    const connect = { timeout: Math.ceil(timeoutMs / 2) };
    this.#agent = new Agent({ connections, pipelining: 1, allowH2: false, connect });
    this.#circuit = new Circuit({
      failures: 20,
      halfOpenAfterMs: 5000,
      ...options.circuit,
      onChange: options.onCircuit,
      capacity: connections * 4,
    });
  }

  get circuit(): CircuitStatus {
    return this.#circuit.state;
  }

  /**
   * Tells Vercel what became of an action. Repeating a report is harmless; the caller retries `later`, after
   * it has made sure that the action is still its own.
   *
   * @param signal ends the call at once with `later`; `executed` says whether Vercel received it.
   * @throws TypeError when an id or the report is none that a request can be made of.
   */
  async updateAction(call: ActionCall, report: ActionReport, signal?: AbortSignal): Promise<ReportAnswer> {
    const { token, installationId, deploymentId, resourceId, action } = call;
    checkIds({ installationId, deploymentId, resourceId, action });
    if (!isSendable(token))
      return { kind: 'unauthorized', status: null, message: unsendable(installationId) };
    const asked: RequestSubject = {
      installationId,
      deploymentId,
      hidden: [token, ...Object.values(report.secrets ?? {})],
    };
    const requestBody = bodyOf(report);
    const words = { told: report.status, said: requestBody.statusText ?? null };
    const request = {
      deploymentId,
      integrationConfigurationId: installationId,
      resourceId,
      action,
      requestBody,
    };
    const update: SdkCall = (client) => deploymentsUpdateIntegrationDeploymentAction(client, request);
    return reportAnswer(
      await this.#exchange({ operation: 'updateAction', ...words }, call, asked, update, signal),
      asked,
      this.#now(),
    );
  }

  /**
   * Asks what Vercel knows of a deployment, with its repository: `gitSource` and what the project is
   * connected to may be left out otherwise, and they tell a fork's commit from the owner's. No `teamId`: an
   * installation's token is bound to its team.
   *
   * @param signal ends the call at once with `later`.
   * @throws TypeError when an id is none that a request can be made of.
   */
  async getDeployment(call: DeploymentCall, signal?: AbortSignal): Promise<DeploymentAnswer> {
    const { token, installationId, deploymentId } = call;
    checkIds({ installationId, deploymentId });
    if (!isSendable(token)) return { kind: 'unreadable', status: null, message: unsendable(installationId) };
    const asked: RequestSubject = { installationId, deploymentId, hidden: [token] };
    const get: SdkCall = (client) =>
      deploymentsGetDeployment(client, { idOrUrl: deploymentId, withGitRepoInfo: 'true' });
    return deploymentAnswer(
      await this.#exchange({ operation: 'getDeployment', told: null, said: null }, call, asked, get, signal),
      asked,
      this.#now(),
    );
  }

  /**
   * Asks whose installation this is. True when Vercel answers: then the token is good for the installation,
   * whatever becomes of its deployments. False for any other answer, and for none.
   *
   * @param call `deploymentId` is the deployment because of which it is asked
   */
  async provesToken(call: DeploymentCall, signal?: AbortSignal): Promise<boolean> {
    const { token, installationId, deploymentId } = call;
    checkIds({ installationId });
    if (!isSendable(token)) return false;
    const asked: RequestSubject = { installationId, deploymentId, hidden: [token] };
    const get: SdkCall = (client) =>
      marketplaceGetAccountInfo(client, { integrationConfigurationId: installationId });
    const what = { operation: 'getAccount', told: null, said: null } as const;
    const answer = await this.#exchange(what, call, asked, get, signal);
    return answer.kind === 'answered' && answer.status >= 200 && answer.status < 300;
  }

  /** Lets calls under way end (at most `timeoutMs`), then closes the connections. Later calls get `later`. */
  async close(): Promise<void> {
    if (!this.#agent.closed) await this.#agent.close();
  }

  #exchange(
    what: Pick<GatewayCall, 'operation' | 'told' | 'said'>,
    { token, about }: DeploymentCall,
    asked: RequestSubject,
    call: SdkCall,
    signal: AbortSignal | undefined,
  ): Promise<Exchange> {
    const { apiUrl, userAgent } = this.#options;
    return throughSdk({ apiUrl, userAgent, token }, call, async (request) => {
      const start = performance.now();
      const send = () => exchange(this.#agent, request, this.#timeoutMs, signal);
      const subject = { ...what, about: about ?? null };
      const result = await inVercelSpan({ ...subject, ...asked }, request, () => this.#circuit.run(send));
      this.#record(subject, asked, request, result, performance.now() - start);
      return result;
    });
  }

  #record(
    what: Pick<GatewayCall, 'operation' | 'about' | 'told' | 'said'>,
    asked: RequestSubject,
    { method, path }: ExchangeRequest,
    exchange: Exchange,
    durationMs: number,
  ): void {
    const { installationId, deploymentId } = asked;
    const status = exchange.kind === 'answered' ? exchange.status : null;
    const code = recordedCode(exchange, asked);
    this.#options.onCall?.({
      ...what,
      installationId,
      deploymentId,
      method,
      path,
      status,
      durationMs,
      code,
      rateLimit: exchange.kind === 'answered' ? rateLimitOf(exchange.headers) : null,
    });
  }
}

/**
 * Percent-encoding leaves `.` and `..` alone, and a URL resolves them: such an id would address something
 * else.
 */
function checkIds(ids: Record<string, string>): void {
  for (const [name, id] of Object.entries(ids)) {
    if (/^\.{0,2}$/.test(id)) throw new TypeError(`vercel: ${name} "${id}" is no id`);
  }
}

/**
 * Visible ASCII: all that a header may carry, and no other way than this to a token in an error of the HTTP
 * client.
 */
const isSendable = (token: string) => /^[\x21-\x7e]+$/.test(token);
const unsendable = (installationId: string) =>
  `vercel: the token of installation ${installationId} is empty or holds characters that no HTTP header ` +
  `can carry`;
