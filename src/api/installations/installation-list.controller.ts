import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { RequireRole } from '../../access/auth/role.js';
import { CurrentOperator } from '../../access/auth/current-operator.js';
import { Answers, Describe } from '../../http/openapi/answers.js';
import { decodeName, encodeName, IsCursor, IsLimit, type Page } from '../../http/paging/page.js';
import { DEFAULT_LIMIT } from '../../http/paging/page-size.js';
import { InstallationScopes } from '../../access/scope/installation-scopes.js';
import { installationAnswer, installationPage, type InstallationAnswer } from './installation-answer.js';
import { listInstallations } from './installation-list.js';

/** The paging of the list. */
export class InstallationQuery {
  @IsLimit() limit?: number;
  @IsCursor() cursor?: string;
}

/** Lists installations. */
@ApiTags('installations')
@RequireRole('viewer')
@Controller('api/v1/installations')
export class InstallationListController {
  constructor(private readonly scopes: InstallationScopes) {}

  @Get()
  @Describe({
    id: 'listInstallations',
    summary: 'List installations',
    description: 'Sorted by id, including removed ones. Tokens are never returned.',
    problems: ['invalid-cursor'],
  })
  @Answers(200, installationPage, 'A page of the list')
  async list(
    @Query() { limit = DEFAULT_LIMIT, cursor }: InstallationQuery,
    @CurrentOperator() who: Operator,
  ): Promise<Page<InstallationAnswer>> {
    const after = cursor === undefined ? '' : decodeName(cursor, 'installations');
    const found = await listInstallations(this.scopes.of(who), after, limit + 1);
    const items = found.slice(0, limit).map(installationAnswer);
    const last = items.at(-1);
    return { items, next: found.length > limit && last ? encodeName(last.id, 'installations') : null };
  }
}
