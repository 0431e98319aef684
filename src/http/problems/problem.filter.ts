import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { reportOutage } from '../../database/connection/outage-log.js';
import { failure, logEvent } from '../../log/log.js';
import { PROBLEM_JSON, type Problem } from './problem.js';
import { problemOf } from './problem-of.js';

/** True when the client closed the connection, or ran out of time, before it had sent the whole request. */
const isHungUp = ({ raw }: FastifyRequest): boolean => raw.destroyed && !raw.complete;

/** Answers every thrown error as `application/problem+json`. Logs errors of the server with their causes. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private quietUntil = 0;

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (isHungUp(request)) return; // no client is left to answer
    const problem = problemOf(error, request.id);
    if (problem.cause !== undefined && problem.getStatus() >= 500) this.log(request, problem);
    if (reply.sent) return;
    void this.send(reply.status(problem.getStatus()).headers(problem.headers), problem);
  }

  /** Sends the problem to the client. */
  protected send(reply: FastifyReply, problem: Problem): FastifyReply {
    return reply.type(PROBLEM_JSON).send(JSON.stringify(problem.body));
  }

  /**
   * Logs the route's template, because an address may contain tokens, and messages and stacks of the causes.
   */
  private log(request: FastifyRequest, problem: Problem): void {
    if (reportOutage(problem.cause) !== null) return;
    const unavailable = problem.slug === 'unavailable';
    if (unavailable && !this.mayRepeat()) return;
    const route = request.routeOptions?.url ?? 'unmatched';
    const about = { requestId: request.id, method: request.method, route, ...failure(problem.cause) };
    logEvent(unavailable ? 'request-unavailable' : 'request-failed', about);
  }

  /** Limits the log to one line a second: an overloaded database fails thousands of requests a second. */
  private mayRepeat(now = Date.now()): boolean {
    if (now < this.quietUntil) return false;
    this.quietUntil = now + 1_000;
    return true;
  }
}
