import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { reportOutage } from '../../database/connection/outage-log.js';
import { failure, logEvent } from '../../log/log.js';
import { PROBLEM_JSON, type Problem } from './problem.js';
import { problemOf } from './problem-of.js';

/** The client ended the connection, or ran out of time, before its request was whole: no fault of ours or of the database. */
const isHungUp = ({ raw }: FastifyRequest): boolean => raw.destroyed && !raw.complete;

/** Turns whatever was thrown into `application/problem+json`; what is our own fault is logged with its causes. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private quietUntil = 0;

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (isHungUp(request)) return; // there is nobody to answer
    const problem = problemOf(error, request.id);
    if (problem.cause !== undefined && problem.getStatus() >= 500) this.log(request, problem);
    if (reply.sent) return;
    void this.dress(reply.status(problem.getStatus()).headers(problem.headers), problem);
  }

  /** Sends what the caller is to see of it. */
  protected dress(reply: FastifyReply, problem: Problem): FastifyReply {
    return reply.type(PROBLEM_JSON).send(JSON.stringify(problem.body));
  }

  /** The route's pattern, not its address: an address may hold what must not be logged. Causes' messages and stacks alone. */
  private log(request: FastifyRequest, problem: Problem): void {
    if (reportOutage(problem.cause) !== null) return;
    const unavailable = problem.slug === 'unavailable';
    if (unavailable && !this.mayRepeat()) return;
    const route = request.routeOptions?.url ?? 'unmatched';
    const about = { requestId: request.id, method: request.method, route, ...failure(problem.cause) };
    logEvent(unavailable ? 'request-unavailable' : 'request-failed', about);
  }

  /** While the database does not keep up, thousands of requests a second fail alike: one of them a second is logged. */
  private mayRepeat(now = Date.now()): boolean {
    if (now < this.quietUntil) return false;
    this.quietUntil = now + 1_000;
    return true;
  }
}
