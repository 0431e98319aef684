import { Controller, Get, Header, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheckService, type HealthIndicatorFunction } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { HealthChecks } from './health.checks.js';

const content = { 'application/json': { schema: { type: 'object', additionalProperties: true } } };
const CHECKED = { status: 200, description: 'All is well', content };
const DOWN = { status: 503, description: 'Something is down', content };

/** What Kubernetes asks. Answers are JSON with one entry for each check; 503 when one is down. */
@ApiTags('health')
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
  @ApiOperation({
    operationId: 'live',
    summary: 'Liveness',
    description: '200 as long as the process answers.',
  })
  @ApiResponse(CHECKED)
  @Header('cache-control', 'no-store')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @ApiOperation({
    operationId: 'ready',
    summary: 'Readiness',
    description: '200 when it takes requests, 503 with what is down.',
  })
  @ApiResponse(CHECKED)
  @ApiResponse(DOWN)
  @Header('cache-control', 'no-store')
  ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    return this.answer(reply, [
      () => this.checks.notShuttingDown(),
      () => this.checks.started(),
      () => this.checks.databaseAnswers(),
      () => this.checks.nothingToMigrate(),
    ]);
  }

  @Get('startupz')
  @ApiOperation({
    operationId: 'startup',
    summary: 'Startup',
    description: '200 once it has come up, 503 with what is missing.',
  })
  @ApiResponse(CHECKED)
  @ApiResponse(DOWN)
  @Header('cache-control', 'no-store')
  startup(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    return this.answer(reply, [
      () => this.checks.started(),
      () => this.checks.databaseAnswers(),
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
