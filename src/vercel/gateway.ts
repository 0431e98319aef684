/**
 * The gateway to Vercel's API: reports an action's progress or result, and reads deployments.
 *
 * One method call makes at most one HTTP request. **The gateway never retries**: the worker retries, because
 * it has to check its claim token and the action's deadline before each retry (`retry.ts` computes the wait).
 * Every answer and every network error is a value of a closed union. A thrown error is a fault of the
 * program.
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
  /** `https://api.vercel.com`. A path after the host is kept. */
  readonly apiUrl: string;
  /** Default: `drawbridge`. */
  readonly userAgent?: string;
  /** Milliseconds for a whole call, including the wait for a connection. Connecting may take half of it. */
  readonly timeoutMs?: number;
  /**
   * Maximum number of connections. Four times as many calls may be in progress; further calls get `later` at
   * once.
   */
  readonly connections?: number;
  readonly circuit?: Partial<Pick<CircuitOptions, 'failures' | 'halfOpenAfterMs'>>;
  /** Called after every call, before its answer is returned. Must not throw. */
  readonly onCall?: (call: GatewayCall) => void;
  /** Called when the circuit opens, and when it closes afterwards. Must not throw. */
  readonly onCircuit?: (state: 'open' | 'closed') => void;
  /** Returns epoch milliseconds, for dates in `Retry-After`. */
  readonly now?: () => number;
}

/** The record of a call. Contains no token, no secret, and of a body only the status and its text. */
export interface GatewayCall {
  readonly operation: 'updateAction' | 'getDeployment' | 'getAccount';
  readonly installationId: string;
  readonly deploymentId: string;
  /** The action that the call was made for; null when the caller named none. */
  readonly about: CallSubject | null;
  readonly method: string;
  readonly path: string;
  /** Null when the answer had no status. */
  readonly status: number | null;
  readonly durationMs: number;
  /**
   * Vercel's error code, or a transport error (`timeout`, `ECONNREFUSED`, `circuit-open`); null after
   * success.
   */
  readonly code: string | null;
  /** The rate limit in the answer; null without one. */
  readonly rateLimit: RateLimit | null;
  /** The reported status; null for a call that is not a report. */
  readonly told: ActionReport['status'] | null;
  /** The reported text; null without one. */
  readonly said: string | null;
}

/** The action and the try that a call is recorded for. */
export interface CallSubject {
  readonly actionId: string;
  /** The number of the step's try, from 1. */
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
  /** The provider's id of the resource, from the webhook. */
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
    // HTTP/1.1 without pipelining: only then does undici know whether it has sent a request.
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
   * Reports an action's progress or result to Vercel. Repeating a report is harmless. After `later`, the
   * caller repeats it if the action is still its own.
   *
   * @param signal ends the call at once with `later`; `executed` says whether Vercel may have received it
   * @throws TypeError if an id or the report cannot be put into a request
   */
  async updateAction(call: ActionCall, report: ActionReport, signal?: AbortSignal): Promise<ReportAnswer> {
    const { token, installationId, deploymentId, resourceId, action } = call;
    checkIds({ installationId, deploymentId, resourceId, action });
    if (!isSendable(token))
      return { kind: 'unauthorized', status: null, message: unsendable(installationId) };
    const subject: RequestSubject = {
      installationId,
      deploymentId,
      hidden: [token, ...Object.values(report.secrets ?? {})],
    };
    const requestBody = bodyOf(report);
    const recorded = { told: report.status, said: requestBody.statusText ?? null };
    const request = {
      deploymentId,
      integrationConfigurationId: installationId,
      resourceId,
      action,
      requestBody,
    };
    const update: SdkCall = (client) => deploymentsUpdateIntegrationDeploymentAction(client, request);
    return reportAnswer(
      await this.#exchange({ operation: 'updateAction', ...recorded }, call, subject, update, signal),
      subject,
      this.#now(),
    );
  }

  /**
   * Reads a deployment with its repository. Without `withGitRepoInfo`, Vercel may omit the data that
   * distinguishes a fork's commit from the owner's. Sends no `teamId`: an installation's token belongs to its
   * team.
   *
   * @param signal ends the call at once with `later`
   * @throws TypeError if an id cannot be put into a request
   */
  async getDeployment(call: DeploymentCall, signal?: AbortSignal): Promise<DeploymentAnswer> {
    const { token, installationId, deploymentId } = call;
    checkIds({ installationId, deploymentId });
    if (!isSendable(token)) return { kind: 'unreadable', status: null, message: unsendable(installationId) };
    const subject: RequestSubject = { installationId, deploymentId, hidden: [token] };
    const get: SdkCall = (client) =>
      deploymentsGetDeployment(client, { idOrUrl: deploymentId, withGitRepoInfo: 'true' });
    return deploymentAnswer(
      await this.#exchange(
        { operation: 'getDeployment', told: null, said: null },
        call,
        subject,
        get,
        signal,
      ),
      subject,
      this.#now(),
    );
  }

  /**
   * Asks for the account of the installation. Returns true when Vercel answers with 2xx: then the token is
   * valid for the installation. Returns false for every other answer, and without an answer.
   *
   * @param call `deploymentId` is the deployment that caused the question, for the record
   */
  async provesToken(call: DeploymentCall, signal?: AbortSignal): Promise<boolean> {
    const { token, installationId, deploymentId } = call;
    checkIds({ installationId });
    if (!isSendable(token)) return false;
    const subject: RequestSubject = { installationId, deploymentId, hidden: [token] };
    const get: SdkCall = (client) =>
      marketplaceGetAccountInfo(client, { integrationConfigurationId: installationId });
    const what = { operation: 'getAccount', told: null, said: null } as const;
    const answer = await this.#exchange(what, call, subject, get, signal);
    return answer.kind === 'answered' && answer.status >= 200 && answer.status < 300;
  }

  /** Waits for running calls (at most `timeoutMs`), then closes the connections. Later calls get `later`. */
  async close(): Promise<void> {
    if (!this.#agent.closed) await this.#agent.close();
  }

  #exchange(
    what: Pick<GatewayCall, 'operation' | 'told' | 'said'>,
    { token, about }: DeploymentCall,
    subject: RequestSubject,
    call: SdkCall,
    signal: AbortSignal | undefined,
  ): Promise<Exchange> {
    const { apiUrl, userAgent = 'drawbridge' } = this.#options;
    return throughSdk({ apiUrl, userAgent, token }, call, async (request) => {
      const start = performance.now();
      const send = () => exchange(this.#agent, request, this.#timeoutMs, signal);
      const callRecord = { ...what, about: about ?? null };
      const result = await inVercelSpan({ ...callRecord, ...subject }, request, () =>
        this.#circuit.run(send),
      );
      this.#record(callRecord, subject, request, result, performance.now() - start);
      return result;
    });
  }

  #record(
    what: Pick<GatewayCall, 'operation' | 'about' | 'told' | 'said'>,
    subject: RequestSubject,
    { method, path }: ExchangeRequest,
    exchange: Exchange,
    durationMs: number,
  ): void {
    const { installationId, deploymentId } = subject;
    const status = exchange.kind === 'answered' ? exchange.status : null;
    const code = recordedCode(exchange, subject);
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
 * @throws TypeError for an empty id, `.` or `..`: a URL resolves these, so the request would address
 * something else
 */
function checkIds(ids: Record<string, string>): void {
  for (const [name, id] of Object.entries(ids)) {
    if (/^\.{0,2}$/.test(id)) throw new TypeError(`vercel: ${name} "${id}" is not an id`);
  }
}

/** Whether the token consists of visible ASCII. The HTTP client would quote another token in its error. */
const isSendable = (token: string) => /^[\x21-\x7e]+$/.test(token);
const unsendable = (installationId: string) =>
  `vercel: the token of installation ${installationId} is empty or contains characters that an HTTP ` +
  `header cannot contain`;
