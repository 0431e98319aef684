import { Controller, Get, Header, Inject, Param, Res, UseFilters } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.constants.js';
import { DeploymentLookup } from '../deployments/deployment-lookup.js';
import { StatusFilter } from './status.filter.js';
import { PAGE_HEADERS } from './status-headers.js';
import { statusPage, unknownPage } from './status-page.js';
import { StatusRecords, type StatusRecord } from './status-record.js';
import { SCRIPT } from './status-script.js';
import { statusContentOf } from './status-content.js';
import { STYLE } from './status-style.js';
import { StatusTokens } from './status-token.js';

/** Serves the page behind `statusUrl` for users who deploy. The token in the address grants access. */
@ApiExcludeController()
@Controller('status')
export class StatusController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly records: StatusRecords,
    private readonly deployments: DeploymentLookup,
    private readonly tokens: StatusTokens,
  ) {}

  @Get('assets/status.css')
  @Header('content-type', 'text/css; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  @Header('x-content-type-options', 'nosniff')
  style(): string {
    return STYLE;
  }

  @Get('assets/status.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  @Header('x-content-type-options', 'nosniff')
  script(): string {
    return SCRIPT;
  }

  @Get(':token')
  @UseFilters(StatusFilter)
  async page(
    @Param('token') token: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    reply.headers(PAGE_HEADERS);
    const id = this.tokens.actionOf(token);
    const record = id === null ? null : await this.records.find(id);
    if (record === null) {
      reply.status(404);
      return unknownPage();
    }
    const name = this.config.actions.get(record.action)?.name ?? record.action;
    return statusPage(record, statusContentOf(record, name, await this.isRestored(record)));
  }

  /** Asks Vercel only for a released action that had an allocation. */
  private async isRestored({ state, skipped, installationId, deploymentId }: StatusRecord): Promise<boolean> {
    if (state !== 'released' || skipped) return false;
    return (await this.deployments.restoredAt(installationId, deploymentId)) !== null;
  }
}
