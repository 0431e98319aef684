import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { transitionAnswer, transitionSchema } from '../actions/action-answer.js';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { RequireRole } from '../../access/auth/role.js';
import { CurrentOperator } from '../../access/auth/current-operator.js';
import { OpenStreams } from '../../http/streaming/open-streams.js';
import { sendStream } from '../../http/streaming/streaming.js';
import { readBounds, readUpTo } from './feed.js';
import { readHorizonWithHolders, type Horizon } from './feed-horizon.js';
import { OperatorLimits } from '../../access/limits/operator-limits.js';
import { AnswersLines, Describe, named, TEXT } from '../../http/openapi/answers.js';
import { DEFAULT_LIMIT } from '../../http/paging/page-size.js';
import type { InstallationScope } from '../../access/scope/installation-scope.js';
import { InstallationScopes } from '../../access/scope/installation-scopes.js';
import { exportLines } from './transition-export.js';
import { filterOf, positionOf, TransitionQuery } from './transition-query.js';

const feedPage = named(
  'TransitionPage',
  z.object({
    items: z.array(transitionSchema),
    next: TEXT.nullable(),
    cursor: TEXT.describe(
      'where to continue later, even if `next` is null because no more transitions exist yet',
    ),
    heldSeconds: z
      .number()
      .nullable()
      .describe(
        'how long an open transaction has held back newer transitions; null if none does, or unknown',
      ),
  }),
);
export type FeedPage = z.infer<typeof feedPage>;
const NDJSON = 'application/x-ndjson';

/** Serves the audit, oldest first. */
@ApiTags('transitions')
@RequireRole('viewer')
@Controller('api/v1/transitions')
export class TransitionController {
  constructor(
    private readonly scopes: InstallationScopes,
    private readonly closing: OpenStreams,
    private readonly limits: OperatorLimits,
  ) {}

  @Get()
  @Describe({
    id: 'listTransitions',
    summary: 'Read the audit',
    description:
      'Oldest first after `cursor`; no transition is ever skipped. With `Accept: application/x-ndjson` ' +
      'all matching transitions that were written before the request are streamed, one per line, ' +
      'regardless of `limit`. A stream that breaks off is incomplete. An export breaks off, or is ' +
      'answered 503, if an open transaction holds back transitions for a minute.',
    problems: ['invalid-cursor'],
  })
  @AnswersLines(transitionSchema, feedPage, 'A page of the audit, or an export')
  async list(
    @Query() query: TransitionQuery,
    @Headers('accept') accept: string | undefined,
    @CurrentOperator() who: Operator,
    @Res() reply: FastifyReply,
  ): Promise<FastifyReply> {
    const after = positionOf(query.cursor ?? '0');
    const scope = this.scopes.of(who);
    if (accept?.includes(NDJSON) !== true) return reply.send(await page(scope, after, query));
    const leave = this.limits.exports.take(who);
    reply.raw.once('close', leave);
    if (reply.raw.destroyed) leave();
    const { reads, exportHeldMs: heldMs } = this.limits;
    const lines = exportLines(scope, after, filterOf(query), { closing: this.closing.signal, reads, heldMs });
    return sendStream(reply.type(`${NDJSON}; charset=utf-8`), lines, this.closing.signal);
  }
}

async function page(scope: InstallationScope, cursor: string, query: TransitionQuery): Promise<FeedPage> {
  const { limit = DEFAULT_LIMIT } = query;
  const filter = filterOf(query);
  const look = await readHorizonWithHolders(scope);
  const horizon = look.id;
  const heldSeconds = heldFor(look);
  const bounds = await readBounds(scope, filter, horizon);
  const end = BigInt(cursor) > horizon ? cursor : String(horizon);
  if (bounds === null || BigInt(cursor) >= bounds.last)
    return { items: [], next: null, cursor: end, heldSeconds };
  const after = BigInt(cursor) > bounds.after ? cursor : String(bounds.after);
  const found = await readUpTo(scope, bounds.last, { ...filter, after, limit: limit + 1 });
  const items = found.slice(0, limit).map(transitionAnswer);
  const next = found.length > limit ? (items.at(-1)?.id ?? null) : null;
  return { items, next, cursor: next ?? end, heldSeconds };
}

function heldFor({ holders }: Horizon): number | null {
  const known = holders.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]));
  return known.length === 0 ? null : Math.round(Math.max(...known));
}
