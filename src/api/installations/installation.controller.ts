import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { actorOf, CommandBody } from '../actions/command-body.js';
import { Role } from '../../access/auth/role.js';
import { Who } from '../../access/auth/who.js';
import { Answers, Describe } from '../../http/openapi/answers.js';
import { InstallationScopes } from '../../access/scope/installation-scopes.js';
import { IdPipe } from '../../http/problems/id.pipe.js';
import { notFound, Problem } from '../../http/problems/problem.js';
import { installationAnswer, installationSchema, type InstallationAnswer } from './installation-answer.js';
import { InstallationBody } from './installation-body.js';
import { InstallationRepository } from '../../installation/installation.repository.js';

/** Which customers' installations there are. Answers never hold a token. */
@ApiTags('installations')
@Role('admin')
@Controller('api/v1/installations/:id')
export class InstallationController {
  constructor(
    private readonly store: InstallationRepository,
    private readonly sights: InstallationScopes,
  ) {}

  @Get()
  @Describe({
    id: 'getInstallation',
    summary: 'Get an installation',
    description: 'Whether it has a token, not which.',
  })
  @Answers(200, installationSchema, 'The installation')
  async get(@Param('id', IdPipe) id: string, @Who() who: Operator): Promise<InstallationAnswer> {
    const installation = await this.store.get(this.sights.of(who).installation(id));
    if (installation === null) throw unknownInstallation(id);
    return installationAnswer(installation);
  }

  /** 201 when it was not known, 200 when it was. */
  @Put()
  @Describe({
    id: 'putInstallation',
    summary: 'Put an installation',
    description: 'Makes it known, or gives a known one a new token; a removed one is back.',
  })
  @Answers(200, installationSchema, 'It was known')
  @Answers(201, installationSchema, 'It was not known')
  async put(
    @Param('id', IdPipe) id: string,
    @Body() body: InstallationBody,
    @Who() who: Operator,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstallationAnswer> {
    const { created, installation } = await this.store.put(
      this.sights.of(who).installation(id),
      body.accessToken,
    );
    reply.status(created ? 201 : 200);
    return installationAnswer(installation);
  }

  @Delete()
  @HttpCode(204)
  @Describe({
    id: 'removeInstallation',
    summary: 'Remove an installation',
    description: 'Its token is erased; it stays on record with its resources.',
  })
  @ApiResponse({ status: 204, description: 'It is removed' })
  async remove(@Param('id', IdPipe) id: string, @Who() who: Operator): Promise<void> {
    if (!(await this.store.remove(this.sights.of(who).installation(id)))) throw unknownInstallation(id);
  }

  @Post('confirm-deployments-gone')
  @Role('operator')
  @HttpCode(202)
  @Describe({
    id: 'confirmDeploymentsGone',
    summary: 'Confirm that missing deployments are gone',
    description:
      'For an installation in doubt. The next sweep asks Vercel once more and releases what it still does not find.',
    problems: ['conflict'],
  })
  @Answers(202, installationSchema, 'It is confirmed')
  async confirm(
    @Param('id', IdPipe) id: string,
    @Body() { reason }: CommandBody,
    @Who() who: Operator,
  ): Promise<InstallationAnswer> {
    const seen = this.sights.of(who).installation(id);
    const installation = await this.store.get(seen);
    if (installation === null) throw unknownInstallation(id);
    if (!(await this.store.confirmGone(seen, actorOf(who), reason))) throw notDoubted(id);
    return installationAnswer((await this.store.get(seen)) ?? installation);
  }
}

const notDoubted = (id: string): Problem =>
  new Problem(
    'conflict',
    `installation ${id} is not in doubt: its deployments are found, or none was asked about`,
  );

export const unknownInstallation = (id: string) =>
  notFound(`installation ${id} is not known; PUT it with its access token first`);
