import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { DataSource } from 'typeorm';
import { READ_DATABASE } from '../../database/database.tokens.js';
import { IdPipe } from '../../problem/id.pipe.js';
import { notFound } from '../../problem/problem.js';
import { Role } from '../auth/role.js';
import { Answers, Describe } from '../openapi/answers.js';
import type { Page } from '../page.js';
import { allocationPage, allocationSchema, type AllocationAnswer } from './allocation.answer.js';
import { AllocationQuery, listAllocations, readAllocation } from './allocation.list.js';

/** What provisioners made, and who holds it. */
@ApiTags('allocations')
@Role('viewer')
@Controller('api/v1/allocations')
export class AllocationController {
  constructor(@Inject(READ_DATABASE) private readonly database: DataSource) {}

  @Get()
  @Describe({
    id: 'listAllocations',
    summary: 'List allocations',
    description: 'Newest first. All filters that are given must hold.',
    problems: ['invalid-cursor'],
  })
  @Answers(200, allocationPage, 'A part of the list')
  list(@Query() query: AllocationQuery): Promise<Page<AllocationAnswer>> {
    return listAllocations(this.database, query);
  }

  @Get(':key')
  @Describe({
    id: 'getAllocation',
    summary: 'Get an allocation',
    description: 'By the key that its provisioner got.',
  })
  @Answers(200, allocationSchema, 'The allocation')
  async get(@Param('key', IdPipe) key: string): Promise<AllocationAnswer> {
    const allocation = await readAllocation(this.database, key);
    if (allocation === null) throw notFound(`allocation ${key} is not known`);
    return allocation;
  }
}
