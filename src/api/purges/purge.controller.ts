import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { PURGE_SUBJECTS, PurgeRun } from '../../action/entities/purge-run.entity.js';
import { CONFIG } from '../../config/config.constants.js';
import type { Config } from '../../config/config.js';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { RequireRole } from '../../access/auth/role.js';
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
    subject: z.enum(PURGE_SUBJECTS),
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
const LARGEST_ID = 2n ** 63n - 1n;

/** The paging of the list. */
export class RetentionQuery {
  @IsLimit() limit?: number;
  @IsCursor() cursor?: string;
}

/** Lists purges of old rows. */
@ApiTags('retention')
@RequireRole('viewer')
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
    const found = await readRuns(this.scopes.of(who), cursor, limit + 1);
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

async function readRuns(
  scope: InstallationScope,
  cursor: string | undefined,
  limit: number,
): Promise<RetentionAnswer['items']> {
  const select = scope.selectWhole(PurgeRun, 'r', 'purges are counted for all installations together');
  if (cursor !== undefined) select.where('r.id < :before', { before: idOf(cursor) });
  const runs = await select.orderBy('r.id', 'DESC').limit(limit).getMany();
  return runs.map(answerOf);
}

function idOf(cursor: string): string {
  const id = decodeName(cursor, LIST);
  if (/^\d{1,19}$/.test(id) && BigInt(id) <= LARGEST_ID) return id;
  throw invalidCursor('was not issued by this API');
}

const answerOf = (run: PurgeRun): RetentionAnswer['items'][number] => ({
  id: run.id,
  subject: run.subject,
  until: run.until.toISOString(),
  deliveries: Number(run.deliveries),
  actions: Number(run.actions),
  transitions: Number(run.transitions),
  calls: Number(run.calls),
  startedAt: run.startedAt.toISOString(),
  updatedAt: run.updatedAt.toISOString(),
});
