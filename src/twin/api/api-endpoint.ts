import type { IncomingMessage, ServerResponse } from 'node:http';
import { json, refusal, type TwinAnswer } from './answer.js';
import { routeApi, type Api, type ApiCall, type Content, type Executed } from './api.js';
import type { FaultPlan } from '../faults.js';
import type { EntryDetail } from '../log.js';
import { reply } from '../server.js';

type Subject = { deploymentId: string | null; operation: ApiCall['operation'] };
/** The result of one call. `answer` is null when the caller gets no answer. */
type Outcome = { answer: TwinAnswer | null; executed: Executed | null; fault: string | null };

/** Serves the API over HTTP: finds the call, applies faults, answers, writes the log. */
export class ApiEndpoint {
  private readonly sleeping = new Set<NodeJS.Timeout>();

  constructor(
    private readonly api: Api,
    private readonly faults: FaultPlan,
    private readonly record: (detail: EntryDetail) => void,
  ) {}

  receive(request: IncomingMessage, response: ServerResponse, path: string, bytes: Buffer): void {
    const started = performance.now();
    const call = route(request.method ?? '', path);
    if ('status' in call) {
      this.note(null, { answer: call, executed: null, fault: null }, started, `${request.method} ${path}`);
      reply(response, call);
      return;
    }
    const content = { type: request.headers['content-type'], bytes };
    const serve = () => this.serve(request, response, call, content, started);
    const slow = this.faults.api('slow', call);
    if (slow === undefined) serve();
    else this.sleep(slow.ms, serve);
  }

  close(): void {
    this.sleeping.forEach((timer) => clearTimeout(timer));
    this.sleeping.clear();
  }

  private serve(
    request: IncomingMessage,
    response: ServerResponse,
    call: ApiCall,
    content: Content,
    started: number,
  ): void {
    const outcome = this.before(call) ?? this.execute(call, request.headers.authorization, content);
    this.note(call, outcome, started, null);
    if (outcome.answer !== null) reply(response, outcome.answer);
    else if (outcome.fault !== 'executeThenTimeout') request.socket.resetAndDestroy();
  }

  private before(subject: Subject): Outcome | undefined {
    if (this.faults.api('reset', subject)) return { answer: null, executed: null, fault: 'reset' };
    const limited = this.faults.api('status429', subject);
    if (limited) {
      return { answer: rateLimited(limited.retryAfterSeconds), executed: null, fault: 'status429' };
    }
    const broken = this.faults.api('status5xx', subject);
    if (broken === undefined) return this.generic(subject);
    const message = 'An unexpected internal error occurred.';
    const answer = refusal(broken.status ?? 500, 'internal_server_error', message);
    return { answer, executed: null, fault: 'status5xx' };
  }

  private generic(subject: Subject): Outcome | undefined {
    const gone = this.faults.api('status410', subject);
    if (gone === undefined) return this.missing(subject);
    const answer = refusal(410, gone.code ?? 'gone', 'The requested resource is no longer available.');
    return { answer, executed: null, fault: 'status410' };
  }

  private missing(subject: Subject): Outcome | undefined {
    if (this.faults.api('status404', subject) === undefined) return undefined;
    const answer = refusal(404, 'not_found', 'The deployment could not be found.');
    return { answer, executed: null, fault: 'status404' };
  }

  private execute(call: ApiCall, authorization: string | undefined, content: Content): Outcome {
    const executed = this.api.execute(call, authorization, content);
    if (this.faults.api('executeThenReset', call)) {
      return { answer: null, executed, fault: 'executeThenReset' };
    }
    if (this.faults.api('executeThenTimeout', call)) {
      return { answer: null, executed, fault: 'executeThenTimeout' };
    }
    return { answer: executed, executed, fault: null };
  }

  private note(call: ApiCall | null, outcome: Outcome, started: number, unknown: string | null): void {
    const { answer, executed, fault } = outcome;
    this.record({
      kind: 'api',
      operation: call?.operation ?? 'unknown',
      deploymentId: call?.deploymentId ?? null,
      installationId: call?.installationId ?? null,
      resourceId: call?.resourceId ?? null,
      action: call?.action ?? null,
      status: answer?.status ?? null,
      message: unknown ?? executed?.message ?? null,
      fault,
      executed: executed !== null && executed.status < 300,
      body: executed?.parsed ?? null,
      durationMs: performance.now() - started,
    });
  }

  private sleep(ms: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.sleeping.delete(timer);
      then();
    }, ms);
    this.sleeping.add(timer);
  }
}

function route(method: string, path: string): ApiCall | TwinAnswer {
  try {
    const call = routeApi(method, path);
    if (call === 'unknown') return refusal(404, 'not_found', `The path ${path} is unknown.`);
    if (call === 'method') return refusal(405, 'method_unknown', `The method ${method} is unknown here.`);
    return call;
  } catch (error) {
    if (error instanceof URIError) return refusal(400, 'bad_request', 'The path is not decodable.');
    throw error;
  }
}

/** Contract 5: the body of `RateLimitNotice`, `Retry-After` in seconds, the reset in epoch seconds. */
function rateLimited(retryAfterSeconds: number): TwinAnswer {
  const resetMs = Date.now() + retryAfterSeconds * 1000;
  const limit = { remaining: 0, reset: Math.ceil(resetMs / 1000), resetMs, total: 100 };
  const message = `The rate limit of ${limit.total} exceeded. Try again in ${retryAfterSeconds} seconds`;
  const headers = {
    'retry-after': String(retryAfterSeconds),
    'x-ratelimit-limit': String(limit.total),
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(limit.reset),
  };
  return { ...json(429, { error: { code: 'rate_limited', message, limit } }), headers };
}
