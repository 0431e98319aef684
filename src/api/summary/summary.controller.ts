import { Controller, Get, Query } from '@nestjs/common';
import { ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { Role } from '../../access/auth/role.js';
import { Who } from '../../access/auth/who.js';
import { Answers, Describe } from '../../http/openapi/answers.js';
import { InstallationScopes } from '../../access/scope/installation-scopes.js';
import { Summaries } from './summary.js';
import { summarySchema, type SummaryAnswer, type WindowName } from './summary-answer.js';

const NAMES = ['1h', '24h'] as const;

/** How far back the summary looks. */
export class SummaryQuery {
  @ApiPropertyOptional({ enum: NAMES, default: '1h', description: 'how far back it looks' })
  @IsOptional()
  @IsIn(NAMES, { message: `must be one of ${NAMES.join(', ')}` })
  window?: WindowName;
}

/** How things stand, in numbers. */
@ApiTags('summary')
@Role('viewer')
@Controller('api/v1/summary')
export class SummaryController {
  constructor(
    private readonly sights: InstallationScopes,
    private readonly summaries: Summaries,
  ) {}

  @Get()
  @Describe({
    id: 'getSummary',
    summary: 'Summarize',
    description:
      'Counts by state, what waits longest, and the last hour or day in buckets. Read at most every few seconds.',
  })
  @Answers(200, summarySchema, 'How things stand')
  get(@Query() { window = '1h' }: SummaryQuery, @Who() who: Operator): Promise<SummaryAnswer> {
    return this.summaries.get(this.sights.of(who), window);
  }
}
