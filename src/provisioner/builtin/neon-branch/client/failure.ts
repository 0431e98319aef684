/** Failed answers of Neon, without headers and so without the API key, and what they mean. */

export interface NeonAnswer {
  /** Null when no answer came: Neon may still have executed the request. */
  readonly status: number | null;
  /** Neon's code, or that of the failed connection (`ECONNRESET`). */
  readonly code: string;
  /** Neon's message in one line, without the API key. */
  readonly message: string;
  /** Milliseconds of `Retry-After`. */
  readonly retryAfterMs: number | null;
}

/** An answer that broke off. Its status does not count: it is unknown whether Neon executed the request. */
export const INCOMPLETE_ANSWER: NeonAnswer = {
  status: null,
  code: 'incomplete answer',
  message: '',
  retryAfterMs: null,
};

export class NeonFailure extends Error {
  override readonly name = 'NeonFailure';

  constructor(
    /** The request as an infinitive, such as `create the branch`. */
    readonly doing: string,
    readonly answer: NeonAnswer,
  ) {
    super(`neon-branch: could not ${doing}: ${describe(answer)}`);
  }

  /** True when Neon may have executed the request. */
  get isInconclusive(): boolean {
    return this.answer.status === null || this.answer.status >= 500;
  }
}

export type Meaning =
  | { readonly kind: 'wait'; readonly message: string; readonly retryAfterMs: number }
  | { readonly kind: 'retry' | 'permanent'; readonly message: string };

const LOCKED_MS = 2_000;
const TOO_MANY_MS = 5_000;
const MAX_MESSAGE_LENGTH = 300;
/** Statuses that may pass, like all from 500 on. */
const TRANSIENT = [404, 408, 409, 425];

/** Neon's codes for limits, with what each limits. */
const LIMITS: Readonly<Record<string, string>> = {
  BRANCHES_LIMIT_EXCEEDED: 'branches',
  ROOT_BRANCHES_LIMIT_EXCEEDED: 'root branches',
  BRANCHES_PROTECTED_LIMIT_EXCEEDED: 'protected branches',
  ENDPOINTS_LIMIT_EXCEEDED: 'computes',
  ACTIVE_ENDPOINTS_LIMIT_EXCEEDED: 'computes that are active at once',
  BRANCH_SIZE_LIMIT_EXCEEDED_THRESHOLD: 'size of a branch',
  NON_PRIMARY_BRANCH_COMPUTE_TIME_EXCEEDED: 'compute time of branches that are not the default',
  COMPUTE_TIME_EXCEEDED: 'compute time',
  DATA_TRANSFER_LIMIT_EXCEEDED: 'data transfer',
  ROLES_LIMIT_EXCEEDED: 'roles',
  DATABASES_LIMIT_EXCEEDED: 'databases',
};

/** Returns true for a body that broke off. The client returns a body that is not valid JSON as a text. */
export function isIncomplete(body: unknown): boolean {
  return body === undefined || (typeof body === 'string' && /^\s*[{[]/.test(body));
}

/** Returns the answer of a failed request; null when the client threw something else. */
export function answerOf(error: unknown, apiKey: string): NeonAnswer | null {
  const thrown = error as Partial<Thrown> | null;
  if (thrown?.isAxiosError !== true) return null;
  if (thrown.response !== undefined && isIncomplete(thrown.response.data)) return INCOMPLETE_ANSWER;
  const { status, data, headers } = thrown.response ?? {};
  const body = (typeof data === 'object' && data !== null ? data : {}) as Partial<Record<string, unknown>>;
  return {
    status: status ?? null,
    code: status === undefined ? (thrown.code ?? 'no answer') : textOf(body['code']),
    message: oneLine(textOf(body['message']), apiKey),
    retryAfterMs: retryAfterOf(headers?.['retry-after']),
  };
}

/** The parts of an axios error that are read. The others contain the API key. */
interface Thrown {
  readonly isAxiosError: boolean;
  readonly code?: string;
  readonly response?: {
    readonly status: number;
    readonly data: unknown;
    readonly headers?: Record<string, unknown>;
  };
}

export function meaningOf({ doing, answer }: NeonFailure, project: string): Meaning {
  const { status, code } = answer;
  if (status === 423)
    return wait('waiting for Neon: other operations of the project run first', answer, LOCKED_MS);
  if (status === 429) return wait('waiting for Neon: its request limit is reached', answer, TOO_MANY_MS);
  if (status === 401 || status === 403)
    return retry(`Neon rejects the apiKey for project "${project}": ${describe(answer)}`);
  // From 500 on the code is that of a gateway's time limit, such as DEADLINE_EXCEEDED.
  const limit = status !== null && status < 500 ? limitIn(code) : null;
  if (limit !== null || status === 402)
    return permanent(
      `Neon's limit on ${limit ?? 'the plan'} is reached for project "${project}": ${describe(answer)}`,
    );
  if (answer === INCOMPLETE_ANSWER) return retry(`Neon's answer was incomplete; could not ${doing}`);
  if (status === null) return retry(`Neon cannot be reached (${code})`);
  if (status < 400 || status >= 500 || TRANSIENT.includes(status))
    return retry(`Neon could not ${doing} for project "${project}": ${describe(answer)}`);
  return permanent(`Neon rejected the request to ${doing} for project "${project}": ${describe(answer)}`);
}

const limitIn = (code: string): string | null => LIMITS[code] ?? (/_EXCEEDED(_|$)/.test(code) ? code : null);

function wait(message: string, { retryAfterMs }: NeonAnswer, otherwise: number): Meaning {
  return { kind: 'wait', message, retryAfterMs: Math.max(100, retryAfterMs ?? otherwise) };
}
const retry = (message: string): Meaning => ({ kind: 'retry', message: `neon-branch: ${message}` });
const permanent = (message: string): Meaning => ({ kind: 'permanent', message: `neon-branch: ${message}` });

function describe({ status, code, message }: NeonAnswer): string {
  return [message || code || 'no reason given', status === null ? '' : ` (${status})`].join('');
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function oneLine(text: string, apiKey: string): string {
  return text
    .replaceAll(apiKey, '…')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MAX_MESSAGE_LENGTH);
}

/**
 * Returns the milliseconds of a `Retry-After` header, which contains seconds or a date; null for any other
 * value.
 */
function retryAfterOf(value: unknown): number | null {
  if (typeof value !== 'string' || value.trim() === '') return null;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
