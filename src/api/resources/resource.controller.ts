import { Body, Controller, Delete, Get, HttpCode, Param, Put, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ResourceTransfers } from '../../action/commands/resource-transfers.repository.js';
import { logEvent } from '../../log/log.js';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { actorOf } from '../actions/command-body.js';
import { RequireRole } from '../../access/auth/role.js';
import { CurrentOperator } from '../../access/auth/current-operator.js';
import { Answers, Describe } from '../../http/openapi/answers.js';
import { InstallationScopes } from '../../access/scope/installation-scopes.js';
import { IdPipe } from '../../http/problems/id.pipe.js';
import { notFound, Problem } from '../../http/problems/problem.js';
import { ResourceBody } from '../installations/installation-body.js';
import { resourceSchema } from '../installations/installation-answer.js';
import { unknownInstallation } from '../installations/installation.controller.js';
import { InstallationRepository } from '../../installation/installation.repository.js';
import type { Resource } from '../../installation/resource.entity.js';
import type { ScopedInstallationId } from '../../installation/scoped-installation-id.js';

const SAME = 'transferredFrom: the resource already belongs to this installation';

const occupied = (id: string, resourceId: string, allocations: number): Problem =>
  new Problem(
    'conflict',
    `resource ${resourceId} of installation ${id} already has ${allocations} allocation(s), which a ` +
      `transfer would ` +
      'mix with those of the moved resource; release its actions first, or use another id',
  );

/** Manages the resources of an installation. */
@ApiTags('installations')
@RequireRole('admin')
@Controller('api/v1/installations/:id/resources/:resourceId')
export class ResourceController {
  constructor(
    private readonly store: InstallationRepository,
    private readonly transfers: ResourceTransfers,
    private readonly scopes: InstallationScopes,
  ) {}

  @Get()
  @Describe({ id: 'getResource', summary: 'Get a resource', description: 'Includes its settings.' })
  @Answers(200, resourceSchema, 'The resource')
  async get(
    @Param('id', IdPipe) id: string,
    @Param('resourceId', IdPipe) resourceId: string,
    @CurrentOperator() who: Operator,
  ): Promise<Resource> {
    const installation = this.scopes.of(who).installation(id);
    const resource = await this.store.getResource(installation, resourceId);
    if (resource === null) throw await this.unknown(installation, resourceId);
    return resource;
  }

  /** Answers 201 for a new resource, 200 for a known one, which is replaced. */
  @Put()
  @Describe({
    id: 'putResource',
    summary: 'Put a resource',
    description: 'Creates a resource, or replaces all properties of a known one.',
    problems: ['conflict'],
  })
  @Answers(200, resourceSchema, 'The resource was replaced')
  @Answers(201, resourceSchema, 'The resource was created')
  async put(
    @Param('id', IdPipe) id: string,
    @Param('resourceId', IdPipe) resourceId: string,
    @Body() body: ResourceBody,
    @CurrentOperator() who: Operator,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Resource> {
    const { productId, name, settings = {} } = body;
    const installation = this.scopes.of(who).installation(id);
    if (body.transferredFrom !== undefined) return this.transfer(installation, resourceId, body, who);
    const result = await this.store.putResource(installation, resourceId, { productId, name, settings });
    if (result.status === 'unknown-installation') throw unknownInstallation(id);
    reply.status(result.status === 'created' ? 201 : 200);
    return result.resource;
  }

  @Delete()
  @HttpCode(204)
  @Describe({
    id: 'removeResource',
    summary: 'Remove a resource',
    description: 'Actions that start later fail because the resource is unknown.',
  })
  @ApiResponse({ status: 204, description: 'The resource was removed' })
  async remove(
    @Param('id', IdPipe) id: string,
    @Param('resourceId', IdPipe) resourceId: string,
    @CurrentOperator() who: Operator,
  ): Promise<void> {
    const installation = this.scopes.of(who).installation(id);
    if (!(await this.store.removeResource(installation, resourceId)))
      throw await this.unknown(installation, resourceId);
  }

  private async transfer(
    target: ScopedInstallationId,
    resourceId: string,
    { productId, name, settings, transferredFrom }: ResourceBody,
    who: Operator,
  ): Promise<Resource> {
    const source = this.scopes.of(who).installation(transferredFrom ?? '');
    if (source === target) throw new Problem('invalid-request', SAME);
    const actor = actorOf(who);
    const order = { source, target, resourceId, actor, productId, name, settings };
    const transferred = await this.transfers.transfer(order);
    if (transferred.kind === 'unknown-installation') throw unknownInstallation(target);
    if (transferred.kind === 'occupied') throw occupied(target, resourceId, transferred.allocations);
    const resource = transferred.kind === 'done' ? await this.store.getResource(target, resourceId) : null;
    if (transferred.kind !== 'done' || resource === null) throw await this.unknown(source, resourceId);
    const count = transferred.moved;
    logEvent('resource-transferred', { installationId: target, resourceId, ownerId: source, actor, count });
    return resource;
  }

  private async unknown(id: ScopedInstallationId, resourceId: string): Promise<Problem> {
    if ((await this.store.get(id)) === null) return unknownInstallation(id);
    return notFound(`resource ${resourceId} of installation ${id} is not known`);
  }
}
