import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { DataSource } from 'typeorm';
import { READ_DATABASE } from '../database/database.tokens.js';
import { notFound } from '../problem/problem.js';
import type { ActionAnswer, ActionDetail } from './action.answer.js';
import { readAction } from './action.detail.js';
import { listActions } from './action.list.js';
import { ActionQuery } from './action.query.js';
import { Role } from './auth/role.js';
import type { Page } from './page.js';

/** Which actions there are, and what became of each. */
@ApiTags('actions')
@Role('viewer')
@Controller('api/v1/actions')
export class ActionController {
  constructor(@Inject(READ_DATABASE) private readonly database: DataSource) {}

  @Get()
  list(@Query() query: ActionQuery): Promise<Page<ActionAnswer>> {
    return listActions(this.database, query);
  }

  @Get(':id')
  async get(@Param('id') id: string): Promise<ActionDetail> {
    const action = await readAction(this.database, id);
    if (action === null) throw notFound(`action ${id} is not known`);
    return action;
  }
}
