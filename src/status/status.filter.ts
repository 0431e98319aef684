import { Catch } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ProblemFilter } from '../http/problems/problem.filter.js';
import { PAGE_HEADERS } from './status-headers.js';
import { unavailablePage } from './status-page.js';

/** Shows a page that refreshes itself, also after an error of the server. */
@Catch()
export class StatusFilter extends ProblemFilter {
  protected override send(reply: FastifyReply): FastifyReply {
    return reply.headers(PAGE_HEADERS).send(unavailablePage());
  }
}
