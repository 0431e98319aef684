import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsString, Matches } from 'class-validator';
import type { DataSource } from 'typeorm';
import { READ_DATABASE } from '../database/database.tokens.js';
import { transitionAnswer, type TransitionAnswer } from './action.answer.js';
import { Role } from './auth/role.js';
import { readFeed } from './feed.js';
import { DEFAULT_LIMIT, invalidCursor, IsLimit, UUID, type Page } from './page.js';

const LARGEST_ID = 2n ** 63n - 1n;

/** Which part of the audit. */
export class TransitionQuery {
  /** The id of the action whose transitions are wanted. */
  @ApiPropertyOptional({ type: String, format: 'uuid' })
  @IsOptional()
  @Matches(UUID, { message: 'must be the id of an action' })
  action?: string;

  @IsLimit() limit?: number;

  /** The id of the last transition that is known already. */
  @ApiPropertyOptional({ type: String })
  @IsOptional()
  @IsString()
  cursor?: string;
}

/** `cursor` is where to go on later, also when nothing more is there now and `next` is null. */
export interface FeedPage extends Page<TransitionAnswer> {
  cursor: string;
}

/** The audit, oldest first. */
@ApiTags('transitions')
@Role('viewer')
@Controller('api/v1/transitions')
export class TransitionController {
  constructor(@Inject(READ_DATABASE) private readonly database: DataSource) {}

  @Get()
  async list(@Query() query: TransitionQuery): Promise<FeedPage> {
    const { action, limit = DEFAULT_LIMIT } = query;
    const after = positionOf(query.cursor ?? '0');
    const found = await readFeed(this.database, {
      after,
      limit: limit + 1,
      ...(action === undefined ? {} : { actionId: action }),
    });
    const items = found.slice(0, limit).map(transitionAnswer);
    const cursor = items.at(-1)?.id ?? after;
    return { items, next: found.length > limit ? cursor : null, cursor };
  }
}

function positionOf(cursor: string): string {
  if (!/^[0-9]{1,19}$/.test(cursor) || BigInt(cursor) > LARGEST_ID) {
    throw invalidCursor('is not the id of a transition');
  }
  return cursor;
}
