import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CONFIG } from '../../config/config.provider.js';
import type { Config } from '../../config/config.js';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { Role } from '../../access/auth/role.js';
import { Who } from '../../access/auth/who.js';
import { Answers, COUNT, Describe, named, TEXT, TIME } from '../../http/openapi/answers.js';
import {
  decodeName,
  DEFAULT_LIMIT,
  encodeName,
  invalidCursor,
  IsCursor,
  IsLimit,
} from '../../http/paging/page.js';
import type { InstallationScope } from '../../access/scope/installation-scope.js';
import { InstallationScopes } from '../../access/scope/installation-scopes.js';

const runSchema = named(
  'RetentionRun',
  z.object({
    id: TEXT,
    subject: z.enum(['deliveries', 'actions']),
    until: TIME.describe('what was older was cleared away'),
    deliveries: COUNT,
    actions: COUNT,
    transitions: COUNT,
    calls: COUNT.describe('to Vercel'),
    startedAt: TIME,
    updatedAt: TIME.describe('when the last of it was cleared away'),
  }),
);
const KEPT = z.int().nullable().describe('seconds; null: for ever');
const retentionSchema = named(
  'Retention',
  z.object({
    keep: z.object({ deliveriesSeconds: KEPT, actionsSeconds: KEPT }),
    items: z.array(runSchema).describe('newest first; a run that found nothing is not on record'),
    next: TEXT.nullable(),
  }),
);
type RetentionAnswer = z.infer<typeof retentionSchema>;

const LIST = 'retention';
const LAST = '9223372036854775807';
const RUNS = `
  SELECT id::text, subject, until, deliveries::float8, actions::float8, transitions::float8, calls::float8,
    started_at AS "startedAt", updated_at AS "updatedAt"
  FROM retention_run WHERE id < $1::bigint ORDER BY retention_run.id DESC LIMIT $2`;

/** Which part of the list. */
export class RetentionQuery {
  @IsLimit() limit?: number;
  @IsCursor() cursor?: string;
}

/** What was cleared away after its time, and when. */
@ApiTags('retention')
@Role('viewer')
@Controller('api/v1/retention')
export class PurgeController {
  constructor(
    private readonly sights: InstallationScopes,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @Describe({
    id: 'getRetention',
    summary: 'Get what was cleared away',
    description:
      'How long things are kept, and each run that cleared something away, newest first. The counts are of all installations: a token ' +
      'that is limited to some gets 403.',
    problems: ['invalid-cursor'],
  })
  @Answers(200, retentionSchema, 'How long things are kept, and a part of the list')
  async get(
    @Query() { limit = DEFAULT_LIMIT, cursor }: RetentionQuery,
    @Who() who: Operator,
  ): Promise<RetentionAnswer> {
    const sight = this.sights
      .of(who)
      .whole('what was cleared away is counted for all installations together');
    const found = await readRuns(sight, cursor, limit + 1);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const { deliveriesMs, actionsMs } = this.config.retention;
    return {
      keep: { deliveriesSeconds: seconds(deliveriesMs), actionsSeconds: seconds(actionsMs) },
      items,
      next: found.length > limit && last ? encodeName(last.id, LIST) : null,
    };
  }
}

const seconds = (ms: number | null): number | null => (ms === null ? null : Math.round(ms / 1000));

type Row = Omit<z.infer<typeof runSchema>, 'until' | 'startedAt' | 'updatedAt'> &
  Record<'until' | 'startedAt' | 'updatedAt', Date>;

async function readRuns(
  sight: InstallationScope,
  cursor: string | undefined,
  limit: number,
): Promise<RetentionAnswer['items']> {
  const before = cursor === undefined ? LAST : decodeName(cursor, LIST);
  if (!/^\d{1,19}$/.test(before) || BigInt(before) > BigInt(LAST)) throw invalidCursor('is not one of ours');
  const rows = await sight.plain<Row>(RUNS, [before, limit]);
  return rows.map((row) => ({
    ...row,
    until: row.until.toISOString(),
    startedAt: row.startedAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }));
}
