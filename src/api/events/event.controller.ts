import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiPropertyOptional, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsString, Matches } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { Problem } from '../../http/problems/problem.js';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { Role } from '../../access/auth/role.js';
import { Who } from '../../access/auth/who.js';
import { Describe } from '../../http/openapi/answers.js';
import { UUID } from '../../http/paging/uuid.js';
import { OperatorLimits } from '../../access/limits/operator-limits.js';
import { InstallationScopes } from '../../access/scope/installation-scopes.js';
import { positionOf } from '../transitions/transition-query.js';
import { OpenStreams } from '../../http/streaming/closing.js';
import { EventHub } from './event-hub.js';
import { eventStream } from './event-stream.js';
import { sendStream } from '../../http/streaming/streaming.js';

const HEARTBEAT_MS = 10_000;

/** What a timer can count. A stream that lasts so long ends too: its client comes back. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Which part of the stream. */
export class EventQuery {
  /** The id of the action whose transitions are wanted. */
  @ApiPropertyOptional({ type: String, format: 'uuid', description: 'of this action alone' })
  @IsOptional()
  @Matches(UUID, { message: 'must be the id of an action' })
  action?: string;

  @ApiPropertyOptional({
    type: String,
    description: 'as Last-Event-ID, which wins, for clients that cannot set that header',
  })
  @IsOptional()
  @IsString()
  cursor?: string;
}

/** The audit as it happens. */
@ApiTags('events')
@Role('viewer')
@Controller('api/v1/events')
export class EventController {
  constructor(
    private readonly hub: EventHub,
    private readonly closing: OpenStreams,
    private readonly sights: InstallationScopes,
    private readonly limits: OperatorLimits,
  ) {}

  @Get()
  @Describe({
    id: 'streamEvents',
    summary: 'Follow the audit',
    description:
      'Server-sent events: `event: transition`, whose `id` is that of the transition and whose `data` is a Transition. After ' +
      '`Last-Event-ID` nothing is lost or repeated; without it the stream begins now. The first event has only an `id`, where it ' +
      'began; a comment comes every ten seconds when nothing happens, or `event: held` with `seconds` as its data while an open transaction ' +
      'has kept newer transitions back for a minute. The stream ends when the token expires.',
    problems: ['invalid-cursor'],
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, schema: { type: 'string' } })
  @ApiResponse({
    status: 200,
    description: 'The stream',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  async stream(
    @Query() query: EventQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Who() who: Operator,
    @Res() reply: FastifyReply,
  ): Promise<FastifyReply> {
    if (this.closing.signal.aborted) throw busy('the server is shutting down');
    const from = lastEventId ?? query.cursor;
    const after = from === undefined ? await this.hub.position() : positionOf(from);
    const leave = this.limits.streams.take(who);
    reply.raw.once('close', leave);
    if (reply.raw.destroyed) leave();
    const signal = AbortSignal.any([this.closing.signal, over(reply, who)]);
    const action = query.action === undefined ? {} : { actionId: query.action };
    const { sees } = this.sights.of(who);
    const events = eventStream(this.hub, { after, heartbeatMs: HEARTBEAT_MS, signal, sees, ...action });
    reply
      .type('text/event-stream; charset=utf-8')
      .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    return sendStream(reply, events, signal);
  }
}

/**
 * Aborted when the client goes away, which a generator that waits is not told otherwise, and when the token expires: nobody listens on with
 * it. A timer of `AbortSignal.timeout` would outlive the stream by weeks.
 */
function over({ raw }: FastifyReply, { until }: Operator): AbortSignal {
  const controller = new AbortController();
  const end = (): void => controller.abort();
  if (raw.destroyed) end();
  const ms = until === undefined ? null : Math.min(Math.max(until - Date.now(), 0), LONGEST_TIMER_MS);
  const timer = ms === null ? undefined : setTimeout(end, ms);
  raw.once('close', () => {
    clearTimeout(timer);
    end();
  });
  return controller.signal;
}

const busy = (detail: string): Problem =>
  new Problem('unavailable', detail, { headers: { 'retry-after': '1' } });
