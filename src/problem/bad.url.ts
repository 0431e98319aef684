import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem, PROBLEM_JSON } from './problem.js';

/** Answers what the router cannot read as an address, before any route or filter of ours is asked: for `frameworkErrors` of Fastify. */
export function answerBadUrl(_error: Error, _request: FastifyRequest, reply: FastifyReply): void {
  const problem = new Problem('bad-request', 'the address is not percent-encoded as it should be');
  void reply.status(problem.getStatus()).type(PROBLEM_JSON).send(JSON.stringify(problem.body));
}
