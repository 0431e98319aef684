/** What Neon answers when it is no success, in a form that holds no header and so no API key, and what it means. */

export interface NeonAnswer {
  /** Null when there was none: the request may still have been carried out. */
  readonly status: number | null;
  /** Neon's code, or the system's where there was no answer (`ECONNRESET`). */
  readonly code: string;
  /** Neon's own words on one line, without the API key. */
  readonly words: string;
  /** Milliseconds of `Retry-After`. */
  readonly retryAfterMs: number | null;
}

/** An answer that ended before its end. It is no answer, whatever its status: what Neon did is not known. */
export const INCOMPLETE_ANSWER: NeonAnswer = {
  status: null,
  code: 'the answer broke off',
  words: '',
  retryAfterMs: null,
};

export class NeonFailure extends Error {
  override readonly name = 'NeonFailure';

  constructor(
    /** What was asked for, as in "refuses to …". */
    readonly doing: string,
    readonly answer: NeonAnswer,
  ) {
    super(`neon-branch: could not ${doing}: ${describe(answer)}`);
  }

  /** Whether Neon may have carried the request out all the same. */
  get isInconclusive(): boolean {
    return this.answer.status === null || this.answer.status >= 500;
  }
}

export type Meaning =
  | { readonly kind: 'wait'; readonly message: string; readonly retryAfterMs: number }
  | { readonly kind: 'retry' | 'permanent'; readonly message: string };

const LOCKED_MS = 2_000;
const TOO_MANY_MS = 5_000;
const LONGEST_WORDS = 300;
/** May pass by themselves, like all from 500 on. */
const TRANSIENT = [404, 408, 409, 425];

/** Neon's codes for limits, as the thing of which there are too many. */
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

/** The client sets the body last, and passes one that is not JSON on as a text: so half an object is a text. */
export function isIncomplete(body: unknown): boolean {
  return body === undefined || (typeof body === 'string' && /^\s*[{[]/.test(body));
}

/** The answer in what the client threw; null when that is no failed request. */
export function answerOf(error: unknown, apiKey: string): NeonAnswer | null {
  const thrown = error as Partial<Thrown> | null;
  if (thrown?.isAxiosError !== true) return null;
  if (thrown.response !== undefined && isIncomplete(thrown.response.data)) return INCOMPLETE_ANSWER;
  const { status, data, headers } = thrown.response ?? {};
  const body = (typeof data === 'object' && data !== null ? data : {}) as Partial<Record<string, unknown>>;
  return {
    status: status ?? null,
    code: status === undefined ? (thrown.code ?? 'no answer') : textOf(body['code']),
    words: oneLine(textOf(body['message']), apiKey),
    retryAfterMs: retryAfterOf(headers?.['retry-after']),
  };
}

/** The parts that are read of what axios throws. The rest of it holds the API key. */
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
    return wait('waiting for Neon: other operations of the project come first', answer, LOCKED_MS);
  if (status === 429) return wait('waiting for Neon: it takes no more requests for now', answer, TOO_MANY_MS);
  if (status === 401 || status === 403)
    return retry(`Neon refuses the apiKey for project "${project}": ${describe(answer)}`);
  // From 500 on it is a time limit of a gateway's, such as DEADLINE_EXCEEDED.
  const limit = status !== null && status < 500 ? limitIn(code) : null;
  if (limit !== null || status === 402)
    return permanent(
      `Neon's limit on ${limit ?? 'the plan'} is reached for project "${project}": ${describe(answer)}`,
    );
  if (answer === INCOMPLETE_ANSWER) return retry(`Neon's answer broke off; could not ${doing}`);
  if (status === null) return retry(`Neon cannot be reached (${code})`);
  if (status < 400 || status >= 500 || TRANSIENT.includes(status))
    return retry(`Neon could not ${doing} for project "${project}": ${describe(answer)}`);
  return permanent(`Neon refuses to ${doing} for project "${project}": ${describe(answer)}`);
}

const limitIn = (code: string): string | null => LIMITS[code] ?? (/_EXCEEDED(_|$)/.test(code) ? code : null);

function wait(message: string, { retryAfterMs }: NeonAnswer, otherwise: number): Meaning {
  return { kind: 'wait', message, retryAfterMs: Math.max(100, retryAfterMs ?? otherwise) };
}
const retry = (message: string): Meaning => ({ kind: 'retry', message: `neon-branch: ${message}` });
const permanent = (message: string): Meaning => ({ kind: 'permanent', message: `neon-branch: ${message}` });

function describe({ status, code, words }: NeonAnswer): string {
  return [words || code || 'no reason given', status === null ? '' : ` (${status})`].join('');
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function oneLine(words: string, apiKey: string): string {
  return words
    .replaceAll(apiKey, '…')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_WORDS);
}

/** Seconds or a date. */
function retryAfterOf(value: unknown): number | null {
  if (typeof value !== 'string' || value.trim() === '') return null;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
