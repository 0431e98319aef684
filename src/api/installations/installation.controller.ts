import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { actorOf, CommandBody } from '../actions/command-body.js';
import { RequireRole } from '../../access/auth/role.js';
import { CurrentOperator } from '../../access/auth/current-operator.js';
import { Answers, Describe } from '../../http/openapi/answers.js';
import { InstallationScopes } from '../../access/scope/installation-scopes.js';
import { IdPipe } from '../../http/problems/id.pipe.js';
import { notFound, Problem } from '../../http/problems/problem.js';
import { installationAnswer, installationSchema, type InstallationAnswer } from './installation-answer.js';
import { InstallationBody } from './installation-body.js';
import { InstallationRepository } from '../../installation/installation.repository.js';

/** Manages installations. Responses never contain a token. */
@ApiTags('installations')
@RequireRole('admin')
@Controller('api/v1/installations/:id')
export class InstallationController {
  constructor(
    private readonly store: InstallationRepository,
    private readonly scopes: InstallationScopes,
  ) {}

  @Get()
  @Describe({
    id: 'getInstallation',
    summary: 'Get an installation',
    description: 'Tells whether an access token is stored, but never returns it.',
  })
  @Answers(200, installationSchema, 'The installation')
  async get(@Param('id', IdPipe) id: string, @CurrentOperator() who: Operator): Promise<InstallationAnswer> {
    const installation = await this.store.get(this.scopes.of(who).installation(id));
    if (installation === null) throw unknownInstallation(id);
    return installationAnswer(installation);
  }

  /** Answers 201 for a new installation, 200 for a known one. */
  @Put()
  @Describe({
    id: 'putInstallation',
    summary: 'Put an installation',
    description: 'Creates an installation, or replaces the token of a known one. Restores a removed one.',
  })
  @Answers(200, installationSchema, 'The installation was updated')
  @Answers(201, installationSchema, 'The installation was created')
  async put(
    @Param('id', IdPipe) id: string,
    @Body() body: InstallationBody,
    @CurrentOperator() who: Operator,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstallationAnswer> {
    const { created, installation } = await this.store.put(
      this.scopes.of(who).installation(id),
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
    description: 'Erases its token. The installation and its resources stay in the database.',
  })
  @ApiResponse({ status: 204, description: 'The installation was removed' })
  async remove(@Param('id', IdPipe) id: string, @CurrentOperator() who: Operator): Promise<void> {
    if (!(await this.store.remove(this.scopes.of(who).installation(id)))) throw unknownInstallation(id);
  }

  @Post('confirm-deployments-gone')
  @RequireRole('operator')
  @HttpCode(202)
  @Describe({
    id: 'confirmDeploymentsGone',
    summary: 'Confirm that missing deployments are gone',
    description:
      'For an installation in doubt. The next sweep asks Vercel once more and releases the actions of ' +
      'deployments that are still missing.',
    problems: ['conflict'],
  })
  @Answers(202, installationSchema, 'The confirmation was stored')
  async confirm(
    @Param('id', IdPipe) id: string,
    @Body() { reason }: CommandBody,
    @CurrentOperator() who: Operator,
  ): Promise<InstallationAnswer> {
    const installationId = this.scopes.of(who).installation(id);
    const installation = await this.store.get(installationId);
    if (installation === null) throw unknownInstallation(id);
    if (!(await this.store.confirmGone(installationId, actorOf(who), reason))) throw notDoubted(id);
    return installationAnswer((await this.store.get(installationId)) ?? installation);
  }
}

const notDoubted = (id: string): Problem =>
  new Problem(
    'conflict',
    `installation ${id} is not in doubt: its deployments were found, or were not checked yet`,
  );

export const unknownInstallation = (id: string) =>
  notFound(`installation ${id} is not known; PUT it with its access token first`);
