import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Action } from '../../action/entities/action.entity.js';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { Role } from '../../access/auth/role.js';
import { Who } from '../../access/auth/who.js';
import { Answers, Describe } from '../../http/openapi/answers.js';
import type { InstallationScope } from '../../access/scope/installation-scope.js';
import { InstallationScopes } from '../../access/scope/installation-scopes.js';
import { IdPipe } from '../../http/problems/id.pipe.js';
import { notFound } from '../../http/problems/problem.js';
import { deploymentSchema, deploymentView, type DeploymentOverview } from './deployment-answer.js';
import { listInstallations } from '../installations/installation-list.js';
import { DeploymentLookup } from '../../deployments/deployment-lookup.js';

/** Without an action nobody knows whose a deployment is: so many installations are asked. */
const MOST_ASKED = 5;
const LIST = 200;

/** What Vercel knows of a deployment now: why it has no action, or nothing any more. */
@ApiTags('deployments')
@Role('viewer')
@Controller('api/v1/deployments')
export class DeploymentController {
  constructor(
    private readonly sights: InstallationScopes,
    private readonly lookup: DeploymentLookup,
  ) {}

  @Get(':id')
  @Describe({
    id: 'getDeployment',
    summary: 'Get a deployment',
    description:
      'Asks Vercel, with the token of the installation whose action it has; without an action, with those of up to five installations. Answers are kept for 30 seconds.',
  })
  @Answers(200, deploymentSchema, 'What is known of it')
  async get(@Param('id', IdPipe) id: string, @Who() who: Operator): Promise<DeploymentOverview> {
    if (!/^dpl_\w{1,100}$/.test(id))
      throw notFound(`deployment ${id} is not known: ids of deployments begin with dpl_`);
    const sight = this.sights.of(who);
    const actions = await actionsOf(sight, id);
    const owners = [...new Set(actions.map(({ installationId }) => installationId))];
    const toAsk = owners.length > 0 ? owners : await this.newest(sight);
    const asked = await Promise.all(
      toAsk.slice(0, MOST_ASKED).map(async (installationId) => ({
        installationId,
        answer: await this.lookup.ask(installationId, id),
      })),
    );
    const live = actions.filter(({ state }) => !OVER.includes(state)).length;
    const made = actions.filter(({ allocationId }) => allocationId !== null).length;
    return deploymentView(id, { actions: actions.length, live, made }, asked);
  }

  private async newest(sight: InstallationScope): Promise<string[]> {
    const found = await listInstallations(sight, '', LIST);
    return found
      .filter(({ hasAccessToken, removedAt }) => hasAccessToken && removedAt === null)
      .toSorted((a, b) => b.updatedAt.getTime() - a.updatedAt.getTime())
      .map(({ id }) => id);
  }
}

const OVER: readonly string[] = ['failed', 'canceled', 'released'];

function actionsOf(sight: InstallationScope, deploymentId: string): Promise<Action[]> {
  return sight
    .select(Action, 'action')
    .andWhere('action.deploymentId = :deploymentId', { deploymentId })
    .getMany();
}
