/**
 * Reads the result of an exchange with Vercel. Every answer is a value of a closed union. Contract §2 says
 * which status is permanent. Messages are stable: they contain no times and no addresses. They contain
 * neither the token nor a secret, even when Vercel echoes one.
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

/** Vercel accepted the report. */
export interface Accepted {
  readonly kind: 'accepted';
}

/** Vercel refused the report. Repeating it does not help. `code` is Vercel's error code, if it gave one. */
export interface Refused {
  readonly kind: 'refused';
  readonly status: number;
  readonly message: string;
  readonly code: string | null;
}

/**
 * Vercel does not accept the installation's token. Not permanent: the token may be replaced. `status` is null
 * when the token was not sent because an HTTP header cannot contain it.
 */
export interface Unauthorized {
  readonly kind: 'unauthorized';
  readonly status: 401 | null;
  readonly message: string;
}

/** There is no result. The same call may be repeated. */
export interface Later {
  readonly kind: 'later';
  /** Null when the answer had no status. */
  readonly status: number | null;
  readonly message: string;
  /** Milliseconds that Vercel asks to wait; null when it does not say. */
  readonly retryAfterMs: number | null;
  /** `no`: Vercel has not executed the call. `unknown`: it may have. */
  readonly executed: 'no' | 'unknown';
}

export interface FoundDeployment {
  readonly kind: 'found';
  /** With `deletedAt` set, the deployment is in its recovery period: it still exists and will be deleted. */
  readonly deployment: VercelDeployment;
}

/**
 * The token may not read the deployment, or the answer is unreadable. The caller continues with the data of
 * the webhook. `status` is null when the token was not sent.
 */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly status: number | null;
  readonly message: string;
}

export type ReportAnswer = Accepted | DeploymentGone | Refused | Unauthorized | Later;
export type DeploymentAnswer = FoundDeployment | DeploymentGone | DeploymentAbsent | Unreadable | Later;

/** The objects that a message names, and the texts that it must not contain. */
export interface RequestSubject {
  readonly installationId: string;
  readonly deploymentId: string;
  /** The token, and every secret value of the request. */
  readonly hidden: readonly string[];
}

export function reportAnswer(exchange: Exchange, subject: RequestSubject, now: number): ReportAnswer {
  if (exchange.kind === 'unanswered') return unanswered(exchange);
  if (brokeOff(exchange)) return halfAnswer(exchange, now);
  const { status } = exchange;
  if (status >= 200 && status < 300) return { kind: 'accepted' };
  const error = errorOf(exchange.body, subject.hidden);
  if (isMissing(status)) {
    const missing = missingOf(status, subject.deploymentId, rawCodeOf(exchange.body), error);
    // The path also names an installation, a resource and an action. A 404 alone does not say which is
    // missing.
    if (missing?.kind === 'gone') return missing;
    if (error.code === null) return later(exchange, error, now);
  }
  if (status === 401) return { kind: 'unauthorized', status, message: tokenRejected(subject, status, error) };
  if (isTransient(status)) return later(exchange, error, now);
  const message =
    status === 403
      ? tokenRejected(subject, status, error)
      : messageOf(`refuses the report (${status})`, error);
  return { kind: 'refused', status, message, code: error.code };
}

export function deploymentAnswer(exchange: Exchange, subject: RequestSubject, now: number): DeploymentAnswer {
  if (exchange.kind === 'unanswered') return unanswered(exchange);
  if (brokeOff(exchange)) return halfAnswer(exchange, now);
  const { status } = exchange;
  if (status >= 200 && status < 300) return readable(exchange, subject);
  const error = errorOf(exchange.body, subject.hidden);
  if (isMissing(status)) {
    const missing = missingOf(status, subject.deploymentId, rawCodeOf(exchange.body), error);
    if (missing !== null) return missing;
    if (error.code === null) return later(exchange, error, now);
  }
  if (isTransient(status)) return later(exchange, error, now);
  const rejectsToken = status === 401 || status === 403;
  const what = `does not show deployment ${subject.deploymentId} (${status})`;
  return {
    kind: 'unreadable',
    status,
    message: rejectsToken ? tokenRejected(subject, status, error) : messageOf(what, error),
  };
}

/** The code to record for an exchange: Vercel's error code or a transport error; null after success. */
export function recordedCode(exchange: Exchange, subject: RequestSubject): string | null {
  if (exchange.kind === 'unanswered') return exchange.code;
  return exchange.cut ?? (exchange.status < 300 ? null : errorOf(exchange.body, subject.hidden).code);
}

function readable(exchange: ExchangeAnswer, subject: RequestSubject): DeploymentAnswer {
  const what = `vercel: the answer on deployment ${subject.deploymentId}`;
  const { status } = exchange;
  if (exchange.cut === 'too-large') return { kind: 'unreadable', status, message: `${what} is over 1 MiB` };
  const body = parsed(exchange.body);
  if (body === undefined) {
    const message = `${what} is not JSON`;
    return { kind: 'later', status, message, retryAfterMs: null, executed: 'unknown' };
  }
  const deployment = readDeployment(body, subject.deploymentId);
  return deployment === null
    ? { kind: 'unreadable', status, message: `${what} is not a JSON object` }
    : { kind: 'found', deployment };
}

/** Whether the body is incomplete. A body that Drawbridge stops reading because of its size is not. */
const brokeOff = ({ cut }: ExchangeAnswer): boolean => cut !== null && cut !== 'too-large';

/**
 * Treats an incomplete answer as no answer: its status may come from a proxy, or from a server that failed
 * while writing.
 */
function halfAnswer({ status, headers }: ExchangeAnswer, now: number): Later {
  const waitMs = retryAfterMs({ status, headers, body: undefined }, now);
  const message = `vercel: the answer (${status}) broke off`;
  return { kind: 'later', status, message, retryAfterMs: waitMs, executed: 'unknown' };
}

/**
 * Redirects count as transient: they are not followed, so that the token stays with its host, and they come
 * from a proxy.
 */
function isTransient(status: number): boolean {
  return status < 400 || status === 408 || status === 425 || status === 429 || status >= 500;
}

function later(exchange: ExchangeAnswer, error: VercelError, now: number): Later {
  const { status } = exchange;
  const executed = status === 408 || status >= 500 ? 'unknown' : 'no';
  const waitMs = retryAfterMs({ status, headers: exchange.headers, body: parsed(exchange.body) }, now);
  return {
    kind: 'later',
    status,
    message: messageOf(`answers ${status}`, error),
    retryAfterMs: waitMs,
    executed,
  };
}

/** Milliseconds until the caller should ask again while the circuit is open. */
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

const messageOf = (what: string, error: VercelError) =>
  `vercel: ${what}${error.message ? `: ${error.message}` : ''}`;
const tokenRejected = (subject: RequestSubject, status: number, error: VercelError) =>
  messageOf(`does not accept the token of installation ${subject.installationId} (${status})`, error);
