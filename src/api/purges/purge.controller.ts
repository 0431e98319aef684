import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CONFIG } from '../../config/config.provider.js';
import type { Config } from '../../config/config.js';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { Role } from '../../access/auth/role.js';
import { CurrentOperator } from '../../access/auth/current-operator.js';
import { Answers, COUNT, Describe, named, TEXT, TIME } from '../../http/openapi/answers.js';
import { decodeName, encodeName, invalidCursor, IsCursor, IsLimit } from '../../http/paging/page.js';
import { DEFAULT_LIMIT } from '../../http/paging/page-size.js';
import type { InstallationScope } from '../../access/scope/installation-scope.js';
import { InstallationScopes } from '../../access/scope/installation-scopes.js';

const runSchema = named(
  'RetentionRun',
  z.object({
    id: TEXT,
    subject: z.enum(['deliveries', 'actions']),
    until: TIME.describe('rows older than this were purged'),
    deliveries: COUNT,
    actions: COUNT,
    transitions: COUNT,
    calls: COUNT.describe('purged calls to Vercel'),
    startedAt: TIME,
    updatedAt: TIME.describe('when the last rows were purged'),
  }),
);
const KEPT = z.int().nullable().describe('seconds; null: for ever');
const retentionSchema = named(
  'Retention',
  z.object({
    keep: z.object({ deliveriesSeconds: KEPT, actionsSeconds: KEPT }),
    items: z.array(runSchema).describe('newest first; runs that purged nothing are not stored'),
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

/** The paging of the list. */
export class RetentionQuery {
  @IsLimit() limit?: number;
  @IsCursor() cursor?: string;
}

/** Lists purges of old rows. */
@ApiTags('retention')
@Role('viewer')
@Controller('api/v1/retention')
export class PurgeController {
  constructor(
    private readonly scopes: InstallationScopes,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @Describe({
    id: 'getRetention',
    summary: 'Get the purges',
    description:
      'The retention periods, and each purge of old rows, newest first. Counts cover all installations, ' +
      'so a token that is limited to some gets 403.',
    problems: ['invalid-cursor'],
  })
  @Answers(200, retentionSchema, 'The retention periods and a page of the purges')
  async get(
    @Query() { limit = DEFAULT_LIMIT, cursor }: RetentionQuery,
    @CurrentOperator() who: Operator,
  ): Promise<RetentionAnswer> {
    const scope = this.scopes.of(who).whole('purges are counted for all installations together');
    const found = await readRuns(scope, cursor, limit + 1);
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
  scope: InstallationScope,
  cursor: string | undefined,
  limit: number,
): Promise<RetentionAnswer['items']> {
  const before = cursor === undefined ? LAST : decodeName(cursor, LIST);
  if (!/^\d{1,19}$/.test(before) || BigInt(before) > BigInt(LAST))
    throw invalidCursor('was not issued by this API');
  const rows = await scope.plain<Row>(RUNS, [before, limit]);
  return rows.map((row) => ({
    ...row,
    until: row.until.toISOString(),
    startedAt: row.startedAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }));
}
