import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem, PROBLEM_JSON } from './problem.js';

/** Answers what the router cannot read as an address, before any route or filter of ours is asked: for `frameworkErrors` of Fastify. */
export function answerBadUrl(
  error: Error & { code?: string },
  _request: FastifyRequest,
  reply: FastifyReply,
): void {
  const why =
    error.code === 'FST_ERR_MAX_PARAM_LENGTH'
      ? 'a part of the address is too long for an id'
      : 'the address is not percent-encoded as it should be';
  const problem = new Problem('bad-request', why);
  void reply.status(problem.getStatus()).type(PROBLEM_JSON).send(JSON.stringify(problem.body));
}
