import { Controller, Get, Header, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { HealthCheckService, type HealthIndicatorFunction } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { HealthChecks } from './health-checks.js';

/** What Kubernetes asks. Answers are JSON with one entry for each check; 503 when one is down. */
@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly checks: HealthChecks,
  ) {}

  /**
   * Alive as long as it answers. Not by terminus, which would say 503 while shutting down, and the kubelet would kill a
   * process that is handing its work back; and without the database, whose absence no restart of ours mends.
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

  /** terminus throws what is down; that is an answer here, and no problem of the request. */
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
