import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Action } from '../../action/entities/action.entity.js';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { RequireRole } from '../../access/auth/role.js';
import { CurrentOperator } from '../../access/auth/current-operator.js';
import { Answers, Describe } from '../../http/openapi/answers.js';
import type { InstallationScope } from '../../access/scope/installation-scope.js';
import { InstallationScopes } from '../../access/scope/installation-scopes.js';
import { LARGEST_LIMIT } from '../../http/paging/page-size.js';
import { IdPipe } from '../../http/problems/id.pipe.js';
import { notFound } from '../../http/problems/problem.js';
import { deploymentSchema, deploymentView, type DeploymentOverview } from './deployment-answer.js';
import { listInstallations } from '../installations/installation-list.js';
import { DeploymentLookup } from '../../deployments/deployment-lookup.js';

/** Limit of installations to try for a deployment without an action, whose owner is unknown. */
const MOST_REQUESTS = 5;

/** Reads a deployment from Vercel to explain why it has no action or holds no allocation. */
@ApiTags('deployments')
@RequireRole('viewer')
@Controller('api/v1/deployments')
export class DeploymentController {
  constructor(
    private readonly scopes: InstallationScopes,
    private readonly lookup: DeploymentLookup,
  ) {}

  @Get(':id')
  @Describe({
    id: 'getDeployment',
    summary: 'Get a deployment',
    description:
      'Reads the deployment from Vercel with the token of the installation that owns its action. Without ' +
      'an action, tries up to five installations. Answers are cached for 30 seconds.',
  })
  @Answers(200, deploymentSchema, 'The deployment')
  async get(@Param('id', IdPipe) id: string, @CurrentOperator() who: Operator): Promise<DeploymentOverview> {
    if (!/^dpl_\w{1,100}$/.test(id))
      throw notFound(`deployment ${id} is not known: ids of deployments start with dpl_`);
    const scope = this.scopes.of(who);
    const actions = await actionsOf(scope, id);
    const owners = [...new Set(actions.map(({ installationId }) => installationId))];
    const candidates = owners.length > 0 ? owners : await this.newest(scope);
    const replies = await Promise.all(
      candidates.slice(0, MOST_REQUESTS).map(async (installationId) => ({
        installationId,
        answer: await this.lookup.ask(installationId, id),
      })),
    );
    const live = actions.filter(({ state }) => !FINISHED.includes(state)).length;
    const made = actions.filter(({ allocationId }) => allocationId !== null).length;
    return deploymentView(id, { actions: actions.length, live, made }, replies);
  }

  private async newest(scope: InstallationScope): Promise<string[]> {
    const found = await listInstallations(scope, '', LARGEST_LIMIT);
    return found
      .filter(({ hasAccessToken, removedAt }) => hasAccessToken && removedAt === null)
      .toSorted((a, b) => b.updatedAt.getTime() - a.updatedAt.getTime())
      .map(({ id }) => id);
  }
}

const FINISHED: readonly string[] = ['failed', 'canceled', 'released'];

function actionsOf(scope: InstallationScope, deploymentId: string): Promise<Action[]> {
  return scope
    .select(Action, 'action')
    .andWhere('action.deploymentId = :deploymentId', { deploymentId })
    .getMany();
}
