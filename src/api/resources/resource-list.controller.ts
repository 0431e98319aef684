import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { RequireRole } from '../../access/auth/role.js';
import { CurrentOperator } from '../../access/auth/current-operator.js';
import { Answers, Describe } from '../../http/openapi/answers.js';
import { decodeName, encodeName, IsCursor, IsLimit, type Page } from '../../http/paging/page.js';
import { DEFAULT_LIMIT } from '../../http/paging/page-size.js';
import { InstallationScopes } from '../../access/scope/installation-scopes.js';
import { IdPipe } from '../../http/problems/id.pipe.js';
import { resourcePage } from '../installations/installation-answer.js';
import { unknownInstallation } from '../installations/installation.controller.js';
import { InstallationRepository } from '../../installation/installation.repository.js';
import { listResources, type ListedResource } from './resource-list.js';

/** The paging of the list. */
export class ResourceQuery {
  @IsLimit() limit?: number;
  @IsCursor() cursor?: string;
}

/** Lists the resources of an installation. */
@ApiTags('installations')
@RequireRole('viewer')
@Controller('api/v1/installations/:id/resources')
export class ResourceListController {
  constructor(
    private readonly store: InstallationRepository,
    private readonly scopes: InstallationScopes,
  ) {}

  @Get()
  @Describe({
    id: 'listResources',
    summary: 'List the resources of an installation',
    description: 'Sorted by id, without settings. Works for removed installations too.',
    problems: ['invalid-cursor'],
  })
  @Answers(200, resourcePage, 'A page of the list')
  async list(
    @Param('id', IdPipe) id: string,
    @Query() { limit = DEFAULT_LIMIT, cursor }: ResourceQuery,
    @CurrentOperator() who: Operator,
  ): Promise<Page<ListedResource>> {
    const scope = this.scopes.of(who);
    const installation = scope.installation(id);
    const list = `resources of ${id}`;
    const after = cursor === undefined ? '' : decodeName(cursor, list);
    const found = await listResources(scope, installation, after, limit + 1);
    if (found.length === 0 && (await this.store.get(installation)) === null) throw unknownInstallation(id);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, next: found.length > limit && last ? encodeName(last.id, list) : null };
  }
}
