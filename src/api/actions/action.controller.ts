import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ALLOWED_STATES, type OperatorCommand } from '../../state-machine/operator-commands.js';
import { ActionCommands } from '../../action/commands/action-commands.repository.js';
import { notFound, Problem } from '../../http/problems/problem.js';
import { StatusLinks } from '../../status/status-url.js';
import {
  actionDetailSchema,
  actionPage,
  actionSchema,
  type ActionAnswer,
  type ActionDetail,
} from './action-answer.js';
import { readAction, readBareAction } from './action-detail.js';
import { listActions } from './action-list.js';
import { ActionQuery } from './action-query.js';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { RequireRole } from '../../access/auth/role.js';
import { CurrentOperator } from '../../access/auth/current-operator.js';
import { actorOf, CommandBody } from './command-body.js';
import { Answers, Describe } from '../../http/openapi/answers.js';
import { type Page } from '../../http/paging/page.js';
import { UUID } from '../../http/paging/uuid.js';
import { InstallationScopes } from '../../access/scope/installation-scopes.js';

/** Lists actions and runs commands of operators. */
@ApiTags('actions')
@RequireRole('viewer')
@Controller('api/v1/actions')
export class ActionController {
  constructor(
    private readonly scopes: InstallationScopes,
    private readonly commands: ActionCommands,
    private readonly links: StatusLinks,
  ) {}

  @Get()
  @Describe({
    id: 'listActions',
    summary: 'List actions',
    description: 'Newest first. Filters are combined with AND.',
    problems: ['invalid-cursor'],
  })
  @Answers(200, actionPage, 'A page of the list')
  list(@Query() query: ActionQuery, @CurrentOperator() who: Operator): Promise<Page<ActionAnswer>> {
    return listActions(this.scopes.of(who), query);
  }

  @Get(':id')
  @Describe({
    id: 'getAction',
    summary: 'Get an action',
    description: 'With its allocation, transitions, deliveries and calls to Vercel, read in one snapshot.',
  })
  @Answers(200, actionDetailSchema, 'The action')
  async get(@Param('id') id: string, @CurrentOperator() who: Operator): Promise<ActionDetail> {
    const action = await readAction(this.scopes.of(who), id);
    if (action === null) throw unknown(id);
    return { ...action, statusUrl: this.links.urlOf(id) };
  }

  @Post(':id/retry')
  @RequireRole('operator')
  @HttpCode(202)
  @Describe({
    id: 'retryAction',
    summary: 'Retry an action',
    description:
      'Queues a failed action again without changing its deadline. Rejected after the deadline, and when ' +
      '`failed` has been or may have been reported to Vercel: then only a new deployment helps.',
    problems: ['conflict'],
  })
  @Answers(202, actionSchema, 'The action is queued again')
  retry(
    @Param('id') id: string,
    @Body() body: CommandBody,
    @CurrentOperator() who: Operator,
  ): Promise<ActionAnswer> {
    return this.order(id, 'retry', body, who);
  }

  @Post(':id/release')
  @RequireRole('operator')
  @HttpCode(202)
  @Describe({
    id: 'releaseAction',
    summary: 'Release an action',
    description:
      'Releases what the action holds. When the last holder is released, the allocation is removed, also ' +
      'if a deployment still uses it.',
    problems: ['conflict'],
  })
  @Answers(202, actionSchema, 'The release has started')
  release(
    @Param('id') id: string,
    @Body() body: CommandBody,
    @CurrentOperator() who: Operator,
  ): Promise<ActionAnswer> {
    return this.order(id, 'release', body, who);
  }

  @Post(':id/cancel')
  @RequireRole('operator')
  @HttpCode(202)
  @Describe({
    id: 'cancelAction',
    summary: 'Cancel an action',
    description:
      'The action fails with `canceled-by-operator`: running work is aborted, `failed` is reported to ' +
      'Vercel with the reason as the text shown to the customer, and the allocation is removed.',
    problems: ['conflict'],
  })
  @Answers(202, actionSchema, 'The cancellation has started')
  cancel(
    @Param('id') id: string,
    @Body() body: CommandBody,
    @CurrentOperator() who: Operator,
  ): Promise<ActionAnswer> {
    return this.order(id, 'cancel', body, who);
  }

  private async order(
    id: string,
    command: OperatorCommand,
    { reason }: CommandBody,
    operator: Operator,
  ): Promise<ActionAnswer> {
    if (!UUID.test(id)) throw unknown(id);
    const scope = this.scopes.of(operator);
    const order = { id, command, actor: actorOf(operator), reason, sees: scope.sees };
    const ordered = await this.commands.command(order);
    if (ordered.kind === 'forbidden') throw forbidden(id, command, ordered);
    const action = ordered.kind === 'done' ? await readBareAction(scope, id) : null;
    if (action === null) throw unknown(id);
    return action;
  }
}

const unknown = (id: string): Problem => notFound(`action ${id} is not known`);

function forbidden(
  id: string,
  command: OperatorCommand,
  { state, why }: { state: string; why: string },
): Problem {
  const detail = `action ${id} is ${state}; ${why}`;
  return new Problem('conflict', detail, { extra: { state, why, allowedStates: ALLOWED_STATES[command] } });
}
