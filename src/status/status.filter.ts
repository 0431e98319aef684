import { Catch } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ProblemFilter } from '../http/problems/problem.filter.js';
import { PAGE_HEADERS } from './status-headers.js';
import { unavailablePage } from './status-page.js';

/** Whoever deploys is shown a page also when something is wrong on our side, and it looks again by itself. */
@Catch()
export class StatusFilter extends ProblemFilter {
  protected override dress(reply: FastifyReply): FastifyReply {
    return reply.headers(PAGE_HEADERS).send(unavailablePage());
  }
}
