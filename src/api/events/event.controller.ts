import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiPropertyOptional, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsString, Matches } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { Problem } from '../../http/problems/problem.js';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { RequireRole } from '../../access/auth/role.js';
import { CurrentOperator } from '../../access/auth/current-operator.js';
import { Describe } from '../../http/openapi/answers.js';
import { UUID } from '../../http/paging/uuid.js';
import { OperatorLimits } from '../../access/limits/operator-limits.js';
import { InstallationScopes } from '../../access/scope/installation-scopes.js';
import { positionOf } from '../transitions/transition-query.js';
import { OpenStreams } from '../../http/streaming/open-streams.js';
import { EventHub } from './event-hub.js';
import { eventStream } from './event-stream.js';
import { sendStream } from '../../http/streaming/streaming.js';

const HEARTBEAT_MS = 10_000;

/** Limit of a timer. A longer stream ends then, and its client reconnects. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The parameters of the stream. */
export class EventQuery {
  /** Limits the stream to this action. */
  @ApiPropertyOptional({ type: String, format: 'uuid', description: 'only transitions of this action' })
  @IsOptional()
  @Matches(UUID, { message: 'must be the id of an action' })
  action?: string;

  @ApiPropertyOptional({
    type: String,
    description: 'for clients that cannot set Last-Event-ID, which takes precedence',
  })
  @IsOptional()
  @IsString()
  cursor?: string;
}

/** Streams the audit. */
@ApiTags('events')
@RequireRole('viewer')
@Controller('api/v1/events')
export class EventController {
  constructor(
    private readonly hub: EventHub,
    private readonly closing: OpenStreams,
    private readonly scopes: InstallationScopes,
    private readonly limits: OperatorLimits,
  ) {}

  @Get()
  @Describe({
    id: 'streamEvents',
    summary: 'Follow the audit',
    description:
      'Server-sent events: `event: transition` with the transition’s id as `id` and a Transition as ' +
      '`data`. After `Last-Event-ID` no transition is lost or repeated; without it the stream starts ' +
      'with the next one. The first event has only an `id`, the start position. Without transitions, a ' +
      'comment is sent every ten seconds, or `event: held` with `seconds` as data while an open ' +
      'transaction has held back newer transitions for a minute. The stream ends when the token expires.',
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
    @CurrentOperator() who: Operator,
    @Res() reply: FastifyReply,
  ): Promise<FastifyReply> {
    if (this.closing.signal.aborted) throw busy('the server is shutting down');
    const from = lastEventId ?? query.cursor;
    const after = from === undefined ? await this.hub.position() : positionOf(from);
    const leave = this.limits.streams.take(who);
    reply.raw.once('close', leave);
    if (reply.raw.destroyed) leave();
    const signal = AbortSignal.any([this.closing.signal, endOf(reply, who)]);
    const action = query.action === undefined ? {} : { actionId: query.action };
    const { sees } = this.scopes.of(who);
    const events = eventStream(this.hub, { after, heartbeatMs: HEARTBEAT_MS, signal, sees, ...action });
    reply
      .type('text/event-stream; charset=utf-8')
      .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    return sendStream(reply, events, signal);
  }
}

/**
 * Returns a signal that aborts when the client disconnects (a waiting generator would not notice) or when the
 * token expires. A timer of `AbortSignal.timeout` would outlive the stream.
 */
function endOf({ raw }: FastifyReply, { until }: Operator): AbortSignal {
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
