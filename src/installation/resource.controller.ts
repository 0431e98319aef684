import { Body, Controller, Delete, Get, HttpCode, Param, Put, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Role } from '../operator/auth/role.js';
import { Answers, Describe } from '../operator/openapi/answers.js';
import { IdPipe } from '../problem/id.pipe.js';
import { notFound, type Problem } from '../problem/problem.js';
import { ResourceBody } from './installation.body.js';
import { resourceSchema } from './installation.answer.js';
import { unknownInstallation } from './installation.controller.js';
import { InstallationStore } from './installation.store.js';
import type { Resource } from './resource.entity.js';

/** The provider's product instances of one installation. */
@ApiTags('installations')
@Role('admin')
@Controller('api/v1/installations/:id/resources/:resourceId')
export class ResourceController {
  constructor(private readonly store: InstallationStore) {}

  @Get()
  @Describe({ id: 'getResource', summary: 'Get a resource', description: 'With its settings.' })
  @Answers(200, resourceSchema, 'The resource')
  async get(
    @Param('id', IdPipe) id: string,
    @Param('resourceId', IdPipe) resourceId: string,
  ): Promise<Resource> {
    const resource = await this.store.getResource(id, resourceId);
    if (resource === null) throw await this.unknown(id, resourceId);
    return resource;
  }

  /** 201 when it was not known, 200 when it was: then all that was known of it is replaced. */
  @Put()
  @Describe({
    id: 'putResource',
    summary: 'Put a resource',
    description: 'Makes it known, or replaces all that is known of it.',
  })
  @Answers(200, resourceSchema, 'It was known')
  @Answers(201, resourceSchema, 'It was not known')
  async put(
    @Param('id', IdPipe) id: string,
    @Param('resourceId', IdPipe) resourceId: string,
    @Body() body: ResourceBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Resource> {
    const { productId, name, settings = {} } = body;
    const result = await this.store.putResource(id, resourceId, { productId, name, settings });
    if (result.status === 'unknown-installation') throw unknownInstallation(id);
    reply.status(result.status === 'created' ? 201 : 200);
    return result.resource;
  }

  @Delete()
  @HttpCode(204)
  @Describe({
    id: 'removeResource',
    summary: 'Remove a resource',
    description: 'Actions that begin later fail for want of it.',
  })
  @ApiResponse({ status: 204, description: 'It is removed' })
  async remove(
    @Param('id', IdPipe) id: string,
    @Param('resourceId', IdPipe) resourceId: string,
  ): Promise<void> {
    if (!(await this.store.removeResource(id, resourceId))) throw await this.unknown(id, resourceId);
  }

  private async unknown(id: string, resourceId: string): Promise<Problem> {
    if ((await this.store.get(id)) === null) return unknownInstallation(id);
    return notFound(`resource ${resourceId} of installation ${id} is not known`);
  }
}
