import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { transitionAnswer, transitionSchema } from '../actions/action-answer.js';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { Role } from '../../access/auth/role.js';
import { Who } from '../../access/auth/who.js';
import { OpenStreams } from '../../http/streaming/closing.js';
import { sendStream } from '../../http/streaming/streaming.js';
import { readBounds, readUpTo } from './feed.js';
import { lookAtHorizon, type Horizon } from './feed-horizon.js';
import { OperatorLimits } from '../../access/limits/operator-limits.js';
import { AnswersLines, Describe, named, TEXT } from '../../http/openapi/answers.js';
import { DEFAULT_LIMIT } from '../../http/paging/page.js';
import type { InstallationScope } from '../../access/scope/installation-scope.js';
import { InstallationScopes } from '../../access/scope/installation-scopes.js';
import { exportLines } from './transition-export.js';
import { filterOf, positionOf, TransitionQuery } from './transition-query.js';

const feedPage = named(
  'TransitionPage',
  z.object({
    items: z.array(transitionSchema),
    next: TEXT.nullable(),
    cursor: TEXT.describe('where to go on later, also when nothing more is there now and `next` is null'),
    heldSeconds: z
      .number()
      .nullable()
      .describe(
        'how long an open transaction has kept newer transitions from this list; null: none does, or not known',
      ),
  }),
);
export type FeedPage = z.infer<typeof feedPage>;
const NDJSON = 'application/x-ndjson';

/** The audit, oldest first. */
@ApiTags('transitions')
@Role('viewer')
@Controller('api/v1/transitions')
export class TransitionController {
  constructor(
    private readonly sights: InstallationScopes,
    private readonly closing: OpenStreams,
    private readonly limits: OperatorLimits,
  ) {}

  @Get()
  @Describe({
    id: 'listTransitions',
    summary: 'Read the audit',
    description:
      'Oldest first after `cursor`; nothing is ever passed over. With `Accept: application/x-ndjson` all that match are streamed, ' +
      'one per line, whatever `limit` says: all that were written before it began. A stream that breaks off was not whole; so does ' +
      'one, or it is answered 503, when an open transaction keeps some of them back for a minute.',
    problems: ['invalid-cursor'],
  })
  @AnswersLines(transitionSchema, feedPage, 'A part of the audit, or an export')
  async list(
    @Query() query: TransitionQuery,
    @Headers('accept') accept: string | undefined,
    @Who() who: Operator,
    @Res() reply: FastifyReply,
  ): Promise<FastifyReply> {
    const after = positionOf(query.cursor ?? '0');
    const sight = this.sights.of(who);
    if (accept?.includes(NDJSON) !== true) return reply.send(await page(sight, after, query));
    const leave = this.limits.exports.take(who);
    reply.raw.once('close', leave);
    if (reply.raw.destroyed) leave();
    const { reads, exportHeldMs: heldMs } = this.limits;
    const lines = exportLines(sight, after, filterOf(query), { closing: this.closing.signal, reads, heldMs });
    return sendStream(reply.type(`${NDJSON}; charset=utf-8`), lines, this.closing.signal);
  }
}

async function page(sight: InstallationScope, cursor: string, query: TransitionQuery): Promise<FeedPage> {
  const { limit = DEFAULT_LIMIT } = query;
  const filter = filterOf(query);
  const look = await lookAtHorizon(sight);
  const horizon = look.id;
  const heldSeconds = heldFor(look);
  const bounds = await readBounds(sight, filter, horizon);
  const end = BigInt(cursor) > horizon ? cursor : String(horizon);
  if (bounds === null || BigInt(cursor) >= bounds.last)
    return { items: [], next: null, cursor: end, heldSeconds };
  const after = BigInt(cursor) > bounds.after ? cursor : String(bounds.after);
  const found = await readUpTo(sight, bounds.last, { ...filter, after, limit: limit + 1 });
  const items = found.slice(0, limit).map(transitionAnswer);
  const next = found.length > limit ? (items.at(-1)?.id ?? null) : null;
  return { items, next, cursor: next ?? end, heldSeconds };
}

function heldFor({ holders }: Horizon): number | null {
  const known = holders.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]));
  return known.length === 0 ? null : Math.round(Math.max(...known));
}
