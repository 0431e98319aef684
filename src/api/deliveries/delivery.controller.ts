import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { ActionIntake } from '../../action/intake/action-intake.repository.js';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/config.constants.js';
import { notFound } from '../../http/problems/problem.js';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { RequireRole } from '../../access/auth/role.js';
import { CurrentOperator } from '../../access/auth/current-operator.js';
import { actorOf, CommandBody } from '../actions/command-body.js';
import { Answers, Describe, named, pageOf, UUID_TEXT } from '../../http/openapi/answers.js';
import { type Page } from '../../http/paging/page.js';
import { UUID } from '../../http/paging/uuid.js';
import { InstallationScopes } from '../../access/scope/installation-scopes.js';
import { deliverySchema, type DeliveryAnswer } from './delivery-answer.js';
import { deliveryDetailSchema, readDelivery, type DeliveryDetail } from './delivery-detail.js';
import { listDeliveries } from './delivery-list.js';
import { DeliveryQuery } from './delivery-query.js';
import { replayDelivery } from './replay.js';

const deliveryPage = pageOf('DeliveryPage', deliverySchema);
const replaySchema = named(
  'Replay',
  z.object({ delivery: UUID_TEXT.describe('the new delivery'), replayOf: UUID_TEXT }),
);

/** Lists deliveries and replays them. */
@ApiTags('deliveries')
@RequireRole('viewer')
@Controller('api/v1/deliveries')
export class DeliveryController {
  constructor(
    private readonly scopes: InstallationScopes,
    private readonly intake: ActionIntake,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @Describe({
    id: 'listDeliveries',
    summary: 'List deliveries',
    description: 'Newest first, without bodies. Filters are combined with AND.',
    problems: ['invalid-cursor'],
  })
  @Answers(200, deliveryPage, 'A page of the list')
  list(@Query() query: DeliveryQuery, @CurrentOperator() who: Operator): Promise<Page<DeliveryAnswer>> {
    return listDeliveries(this.scopes.of(who), query);
  }

  @Get(':id')
  @Describe({
    id: 'getDelivery',
    summary: 'Get a delivery',
    description: 'With the raw body and its effect.',
  })
  @Answers(200, deliveryDetailSchema, 'The delivery')
  async get(@Param('id') id: string, @CurrentOperator() who: Operator): Promise<DeliveryDetail> {
    const delivery = await readDelivery(this.scopes.of(who), id);
    if (delivery === null) throw unknown(id);
    return delivery;
  }

  @Post(':id/replay')
  @RequireRole('operator')
  @HttpCode(202)
  @Describe({
    id: 'replayDelivery',
    summary: 'Replay a delivery',
    description:
      'Processes the event again, now, as a new delivery. If the state of its action does not allow the ' +
      'event, nothing changes.',
    problems: ['conflict'],
  })
  @Answers(202, replaySchema, 'The event was processed again')
  async replay(
    @Param('id') id: string,
    @Body() { reason }: CommandBody,
    @CurrentOperator() operator: Operator,
  ): Promise<{ delivery: string; replayOf: string }> {
    if (!UUID.test(id)) throw unknown(id);
    const order = { id, actor: actorOf(operator), reason };
    const replayed = await replayDelivery(order, this.scopes.of(operator), this.intake, this.config.actions);
    if (replayed === null) throw unknown(id);
    return replayed;
  }
}

const unknown = (id: string) => notFound(`delivery ${id} is not known`);
