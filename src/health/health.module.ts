import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthChecks } from './health-checks.js';
import { HealthController } from './health.controller.js';
import { ShutdownState } from './shutdown-state.js';
import { StartupState } from './startup-state.js';

/**
 * Needs the database's providers from a global module. terminus logs nothing, because the probe's answer says
 * what failed.
 */
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [HealthChecks, ShutdownState, StartupState],
  exports: [ShutdownState, StartupState],
})
export class HealthModule {}
