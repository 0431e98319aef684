import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Matches } from 'class-validator';
import { EVENTS, type Event } from '../../state-machine/action-state.js';
import type { FeedFilter } from './feed.js';
import { invalidCursor, IsLimit } from '../../http/paging/page.js';
import { UUID } from '../../http/paging/uuid.js';
import { IsAnyOf, IsText, IsTime } from '../../http/paging/query-rules.js';

const LARGEST_ID = 2n ** 63n - 1n;

/** The filters and the paging of the audit. */
export class TransitionQuery {
  /** Only transitions of this action. */
  @ApiPropertyOptional({ type: String, format: 'uuid' })
  @IsOptional()
  @Matches(UUID, { message: 'must be the id of an action' })
  action?: string;

  @IsAnyOf(EVENTS) event?: Event[];
  /** `vercel`, `worker`, `sweeper` or `operator:<name>`. */
  @IsText() actor?: string;
  /** At this time or later. */
  @IsTime() since?: string;
  /** Before this time. */
  @IsTime() until?: string;
  @IsLimit() limit?: number;

  /** The id of the last known transition. */
  @ApiPropertyOptional({ type: String, description: 'the id of the last known transition' })
  @IsOptional()
  @IsString()
  cursor?: string;
}

export function filterOf({ action, event, actor, since, until }: TransitionQuery): FeedFilter {
  return {
    ...(action === undefined ? {} : { actionId: action }),
    ...(event === undefined ? {} : { event }),
    ...(actor === undefined ? {} : { actor }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
}

/** @throws Problem `invalid-cursor` */
export function positionOf(cursor: string): string {
  if (!/^[0-9]{1,19}$/.test(cursor) || BigInt(cursor) > LARGEST_ID) {
    throw invalidCursor('is not the id of a transition');
  }
  return cursor;
}
