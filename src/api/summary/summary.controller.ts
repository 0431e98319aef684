import { Controller, Get, Query } from '@nestjs/common';
import { ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { RequireRole } from '../../access/auth/role.js';
import { CurrentOperator } from '../../access/auth/current-operator.js';
import { Answers, Describe } from '../../http/openapi/answers.js';
import { InstallationScopes } from '../../access/scope/installation-scopes.js';
import { Summaries } from './summary.js';
import { summarySchema, type SummaryAnswer, type WindowName } from './summary-answer.js';

const NAMES = ['1h', '24h'] as const;

/** The time window of the summary. */
export class SummaryQuery {
  @ApiPropertyOptional({ enum: NAMES, default: '1h', description: 'the time window of the summary' })
  @IsOptional()
  @IsIn(NAMES, { message: `must be one of ${NAMES.join(', ')}` })
  window?: WindowName;
}

/** Summarizes actions and calls to Vercel. */
@ApiTags('summary')
@RequireRole('viewer')
@Controller('api/v1/summary')
export class SummaryController {
  constructor(
    private readonly scopes: InstallationScopes,
    private readonly summaries: Summaries,
  ) {}

  @Get()
  @Describe({
    id: 'getSummary',
    summary: 'Summarize',
    description:
      'Counts by state, the oldest waiting actions, and the last hour or day in buckets. Cached for some ' +
      'seconds.',
  })
  @Answers(200, summarySchema, 'The summary')
  get(@Query() { window = '1h' }: SummaryQuery, @CurrentOperator() who: Operator): Promise<SummaryAnswer> {
    return this.summaries.get(this.scopes.of(who), window);
  }
}
