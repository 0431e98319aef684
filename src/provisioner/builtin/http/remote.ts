import { context, propagation } from '@opentelemetry/api';
import { Agent } from 'undici';
import type { z } from 'zod';
import { describeIssue } from './answer.js';
import type { HttpConfig } from './config.js';
import { type HttpAnswer, exchange } from './exchange.js';
import { remoteError, slowDownMs, type RemoteCallInfo, statusError, noAnswerError } from './failure.js';
import { parseExactly } from './json.js';
import { sign, type RemoteVerb } from './signature.js';

const METHODS = { provision: 'POST', deprovision: 'POST', check: 'GET', keys: 'GET' } as const;
const MIB = 1024 * 1024;
const MOST_BYTES = { provision: MIB, deprovision: MIB, check: MIB, keys: 16 * MIB } as const;
const CONNECTIONS = 50;

export interface RemoteCall {
  readonly key?: string;
  /** JSON; the empty text for GET. */
  readonly body: string;
  readonly signal: AbortSignal;
  /** Secrets that both sides know, and that no message or handle of an answer may contain. */
  readonly secrets: readonly string[];
}

export type RemoteAnswer<Answer> =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'slow-down'; readonly message: string; readonly retryAfterMs: number };

/** The server of one configuration, with its connections. */
export class Remote {
  /** No timeouts of its own: the time limit of a call covers everything. */
  readonly #agent = new Agent({ connections: CONNECTIONS, headersTimeout: 0, bodyTimeout: 0 });
  readonly #base: string;
  readonly host: string;

  constructor(private readonly config: HttpConfig) {
    this.#base = config.url.replace(/\/+$/, '');
    this.host = new URL(config.url).host;
  }

  /**
   * Calls a verb. Throws an Error with host and verb when no valid answer came, and the reason of an aborted
   * `signal`.
   */
  async ask<Answer>(
    verb: RemoteVerb,
    schema: z.ZodType<Answer>,
    question: RemoteCall,
  ): Promise<RemoteAnswer<Answer>> {
    const asked = { host: this.host, verb, secrets: question.secrets };
    const answered = await this.#exchange(asked, question);
    const retryAfterMs = slowDownMs(answered);
    if (retryAfterMs !== null) {
      const message = `waiting: the provisioner at ${this.host} asks Drawbridge to slow down`;
      return { kind: 'slow-down', message, retryAfterMs };
    }
    if (answered.status !== 200) throw statusError(asked, answered);
    return { kind: 'answer', answer: parse(asked, answered.body, schema) };
  }

  /** Closes the connections without waiting: only aborted calls can still use one. */
  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #exchange(asked: RemoteCallInfo, { key, body, signal }: RemoteCall): Promise<HttpAnswer> {
    const { verb } = asked;
    const { secret, timeoutMs } = this.config;
    const limit = AbortSignal.timeout(timeoutMs);
    const signed = sign(verb, { ...(key === undefined ? {} : { key }), body, secrets: secret });
    const method = METHODS[verb];
    const headers = { accept: 'application/json', 'user-agent': 'drawbridge', ...signed, ...traced() };
    const withBody = { ...headers, 'content-type': 'application/json' };
    const sendable = { url: `${this.#base}/${verb}`, method, maxBytes: MOST_BYTES[verb] };
    const content = method === 'GET' ? { headers, body: null } : { headers: withBody, body };
    try {
      return await exchange(this.#agent, { ...sendable, ...content }, AbortSignal.any([signal, limit]));
    } catch (error) {
      signal.throwIfAborted();
      if (limit.aborted) throw remoteError(asked, `did not answer ${verb} within ${timeoutMs} ms`, error);
      throw noAnswerError(asked, error);
    }
  }
}

/** Returns the headers that let the server continue the trace of this call; none when tracing is off. */
function traced(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

function parse<Answer>(asked: RemoteCallInfo, body: Buffer | null, schema: z.ZodType<Answer>): Answer {
  const { verb } = asked;
  if (body === null)
    throw remoteError(asked, `answered ${verb} with more than ${MOST_BYTES[verb] / MIB} MiB`);
  const json = parseExactly(body);
  if (!json.ok) throw remoteError(asked, `answered ${verb} with ${json.instead}`);
  const checked = schema.safeParse(json.value);
  if (checked.success) return checked.data;
  const problems = [...new Set(checked.error.issues.slice(0, 5).map(describeIssue))].join('; ');
  throw remoteError(asked, `answered ${verb} with a body that breaks the protocol: ${problems}`);
}
