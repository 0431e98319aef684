import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../../http/problems/id.pipe.js';
import { notFound } from '../../http/problems/problem.js';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { RequireRole } from '../../access/auth/role.js';
import { CurrentOperator } from '../../access/auth/current-operator.js';
import { Answers, Describe } from '../../http/openapi/answers.js';
import type { Page } from '../../http/paging/page.js';
import { InstallationScopes } from '../../access/scope/installation-scopes.js';
import { allocationPage, allocationSchema, type AllocationAnswer } from './allocation-answer.js';
import { AllocationQuery, listAllocations, readAllocation } from './allocation-list.js';

/** Lists allocations and their holders. */
@ApiTags('allocations')
@RequireRole('viewer')
@Controller('api/v1/allocations')
export class AllocationController {
  constructor(private readonly scopes: InstallationScopes) {}

  @Get()
  @Describe({
    id: 'listAllocations',
    summary: 'List allocations',
    description: 'Newest first. Filters are combined with AND.',
    problems: ['invalid-cursor'],
  })
  @Answers(200, allocationPage, 'A page of the list')
  list(@Query() query: AllocationQuery, @CurrentOperator() who: Operator): Promise<Page<AllocationAnswer>> {
    return listAllocations(this.scopes.of(who), query);
  }

  @Get(':key')
  @Describe({
    id: 'getAllocation',
    summary: 'Get an allocation',
    description: 'By its key, the name passed to the provisioner.',
  })
  @Answers(200, allocationSchema, 'The allocation')
  async get(@Param('key', IdPipe) key: string, @CurrentOperator() who: Operator): Promise<AllocationAnswer> {
    const allocation = await readAllocation(this.scopes.of(who), key);
    if (allocation === null) throw notFound(`allocation ${key} is not known`);
    return allocation;
  }
}
