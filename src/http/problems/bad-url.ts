import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem, PROBLEM_JSON } from './problem.js';

/**
 * Answers requests whose address the router cannot parse. For `frameworkErrors` of Fastify, which runs before
 * routes and filters.
 */
export function answerBadUrl(
  error: Error & { code?: string },
  _request: FastifyRequest,
  reply: FastifyReply,
): void {
  const why =
    error.code === 'FST_ERR_MAX_PARAM_LENGTH'
      ? 'a path segment of the address is too long'
      : 'the address is not percent-encoded correctly';
  const problem = new Problem('bad-request', why);
  void reply.status(problem.getStatus()).type(PROBLEM_JSON).send(JSON.stringify(problem.body));
}
