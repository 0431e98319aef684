import { Controller, Get, Header, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { HealthCheckService, type HealthIndicatorFunction } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { HealthChecks } from './health-checks.js';

/** Answers the probes of Kubernetes: JSON with one entry for each check, 503 if one is down. */
@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly checks: HealthChecks,
  ) {}

  /**
   * Alive while the process answers. Does not use terminus, which answers 503 during shutdown, so that the
   * kubelet would kill a process that hands its work back. Does not check the database, whose outage a
   * restart does not fix.
   */
  @Get('livez')
  @Header('cache-control', 'no-store')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Header('cache-control', 'no-store')
  ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    return this.answer(reply, [
      () => this.checks.notShuttingDown(),
      () => this.checks.started(),
      () => this.checks.databaseTakesWrites(),
      () => this.checks.nothingToMigrate(),
    ]);
  }

  @Get('startupz')
  @Header('cache-control', 'no-store')
  startup(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    return this.answer(reply, [
      () => this.checks.started(),
      () => this.checks.databaseTakesWrites(),
      () => this.checks.nothingToMigrate(),
    ]);
  }

  /** Converts the exception of terminus for a failed check into a response. */
  private async answer(reply: FastifyReply, checks: HealthIndicatorFunction[]): Promise<object> {
    try {
      return await this.health.check(checks);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      reply.status(503);
      const result = error.getResponse();
      return typeof result === 'string' ? { status: 'error', message: result } : result;
    }
  }
}
