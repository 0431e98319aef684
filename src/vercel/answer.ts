/**
 * What an exchange with Vercel means. Every answer is a value of a closed union; which status is permanent is
 * contract §2. Messages are stable (no times, no addresses) and hold neither the token nor a secret, also
 * when Vercel echoes one.
 */
import {
  isMissing,
  missingOf,
  type DeploymentAbsent,
  type DeploymentGone,
} from './deployment/deployment-gone.js';
import { readDeployment, type VercelDeployment } from './deployment/deployment-reader.js';
import type { ExchangeAnswer, Exchange, Unanswered } from './request/exchange.js';
import { retryAfterMs } from './request/retry-after.js';
import { errorOf, parsed, rawCodeOf, type VercelError } from './request/vercel-error.js';

/** Vercel took the report. */
export interface Accepted {
  readonly kind: 'accepted';
}

/** Repeating this report cannot help. `code` is Vercel's own word for it, where it gave one. */
export interface Refused {
  readonly kind: 'refused';
  readonly status: number;
  readonly message: string;
  readonly code: string | null;
}

/**
 * Vercel does not know the installation's token. Not permanent: a new one may be put. `status` is null when
 * the token was never sent, for it holds what no HTTP header can carry.
 */
export interface Unauthorized {
  readonly kind: 'unauthorized';
  readonly status: 401 | null;
  readonly message: string;
}

/** No verdict; the same call may be made again. */
export interface Later {
  readonly kind: 'later';
  /** Null when no status came. */
  readonly status: number | null;
  readonly message: string;
  /** How long Vercel asks us to wait; null where it does not say. */
  readonly retryAfterMs: number | null;
  /** `no`: Vercel has not acted on it. `unknown`: it may have. */
  readonly executed: 'no' | 'unknown';
}

export interface FoundDeployment {
  readonly kind: 'found';
  /** With `deletedAt` set the deployment is in its recovery period: still there, and on its way out. */
  readonly deployment: VercelDeployment;
}

/**
 * This token may not read it, or nothing can be read from it: go on with what the webhook said. `status` as
 * in Unauthorized.
 */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly status: number | null;
  readonly message: string;
}

export type ReportAnswer = Accepted | DeploymentGone | Refused | Unauthorized | Later;
export type DeploymentAnswer = FoundDeployment | DeploymentGone | DeploymentAbsent | Unreadable | Later;

/** Whom a message names, and what it must not contain. */
export interface RequestSubject {
  readonly installationId: string;
  readonly deploymentId: string;
  /** The token, and every value that was to be sent as a secret. */
  readonly hidden: readonly string[];
}

export function reportAnswer(exchange: Exchange, asked: RequestSubject, now: number): ReportAnswer {
  if (exchange.kind === 'unanswered') return unanswered(exchange);
  if (brokeOff(exchange)) return halfAnswer(exchange, now);
  const { status } = exchange;
  if (status >= 200 && status < 300) return { kind: 'accepted' };
  const error = errorOf(exchange.body, asked.hidden);
  if (isMissing(status)) {
    const missing = missingOf(status, asked.deploymentId, rawCodeOf(exchange.body), error);
    // The path names an installation, a resource and an action too: a plain 404 does not say which is
    // missing.
    if (missing?.kind === 'gone') return missing;
    if (error.code === null) return later(exchange, error, now);
  }
  if (status === 401) return { kind: 'unauthorized', status, message: denied(asked, status, error) };
  if (isTransient(status)) return later(exchange, error, now);
  const message =
    status === 403 ? denied(asked, status, error) : said(`refuses the report (${status})`, error);
  return { kind: 'refused', status, message, code: error.code };
}

export function deploymentAnswer(exchange: Exchange, asked: RequestSubject, now: number): DeploymentAnswer {
  if (exchange.kind === 'unanswered') return unanswered(exchange);
  if (brokeOff(exchange)) return halfAnswer(exchange, now);
  const { status } = exchange;
  if (status >= 200 && status < 300) return readable(exchange, asked);
  const error = errorOf(exchange.body, asked.hidden);
  if (isMissing(status)) {
    const missing = missingOf(status, asked.deploymentId, rawCodeOf(exchange.body), error);
    if (missing !== null) return missing;
    if (error.code === null) return later(exchange, error, now);
  }
  if (isTransient(status)) return later(exchange, error, now);
  const may = status === 401 || status === 403;
  const what = `does not show deployment ${asked.deploymentId} (${status})`;
  return { kind: 'unreadable', status, message: may ? denied(asked, status, error) : said(what, error) };
}

/** The code to record for an exchange: Vercel's, or what happened on the way; null when all went well. */
export function recordedCode(exchange: Exchange, asked: RequestSubject): string | null {
  if (exchange.kind === 'unanswered') return exchange.code;
  return exchange.cut ?? (exchange.status < 300 ? null : errorOf(exchange.body, asked.hidden).code);
}

function readable(exchange: ExchangeAnswer, asked: RequestSubject): DeploymentAnswer {
  const what = `vercel: the answer on deployment ${asked.deploymentId}`;
  const { status } = exchange;
  if (exchange.cut === 'too-large') return { kind: 'unreadable', status, message: `${what} is over 1 MiB` };
  const body = parsed(exchange.body);
  if (body === undefined) {
    const message = `${what} is not JSON`;
    return { kind: 'later', status, message, retryAfterMs: null, executed: 'unknown' };
  }
  const deployment = readDeployment(body, asked.deploymentId);
  return deployment === null
    ? { kind: 'unreadable', status, message: `${what} is not a JSON object` }
    : { kind: 'found', deployment };
}

/** A body that we stop reading because it is too long is not one that broke off. */
const brokeOff = ({ cut }: ExchangeAnswer): boolean => cut !== null && cut !== 'too-large';

/** Half an answer is none: its status may be of a proxy or a server that failed while it wrote. */
function halfAnswer({ status, headers }: ExchangeAnswer, now: number): Later {
  const asks = retryAfterMs({ status, headers, body: undefined }, now);
  const message = `vercel: the answer (${status}) broke off`;
  return { kind: 'later', status, message, retryAfterMs: asks, executed: 'unknown' };
}

/**
 * Redirects too: they are not followed (the token stays with its host) and come from what stands in between.
 */
function isTransient(status: number): boolean {
  return status < 400 || status === 408 || status === 425 || status === 429 || status >= 500;
}

function later(exchange: ExchangeAnswer, error: VercelError, now: number): Later {
  const { status } = exchange;
  const executed = status === 408 || status >= 500 ? 'unknown' : 'no';
  const asks = retryAfterMs({ status, headers: exchange.headers, body: parsed(exchange.body) }, now);
  return { kind: 'later', status, message: said(`answers ${status}`, error), retryAfterMs: asks, executed };
}

/** An open circuit is worth asking again after this; it half-opens at its own time. */
const CIRCUIT_RETRY_MS = 1000;

function unanswered(exchange: Unanswered): Later {
  const executed = exchange.sent ? 'unknown' : 'no';
  const none = { kind: 'later', status: null, retryAfterMs: null, executed } as const;
  switch (exchange.reason) {
    case 'circuit-open':
      return { ...none, message: 'vercel: the API fails, circuit open', retryAfterMs: CIRCUIT_RETRY_MS };
    case 'overloaded':
      return { ...none, message: 'vercel: too many calls at once' };
    case 'timeout':
      return { ...none, message: 'vercel: no answer in time' };
    case 'aborted':
      return { ...none, message: 'vercel: the call was aborted' };
    case 'network':
      return { ...none, message: `vercel: cannot be reached (${exchange.code})` };
    default:
      return exchange.reason satisfies never;
  }
}

const said = (what: string, error: VercelError) =>
  `vercel: ${what}${error.message ? `: ${error.message}` : ''}`;
const denied = (asked: RequestSubject, status: number, error: VercelError) =>
  said(`does not accept the token of installation ${asked.installationId} (${status})`, error);
