import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { READ } from '../../database/data-source-names.js';
import { VercelCall } from '../../vercel/recorder/vercel-call.entity.js';
import { Authenticator } from './authenticator.js';
import { InstallationScopes } from '../scope/installation-scopes.js';
import { FailedSignIns } from './failed-sign-ins.js';
import { OperatorGuard } from './operator.guard.js';
import { OperatorTokens } from './operator-tokens.js';

/**
 * Installs the guard for every route of the application, and provides the operators' installation scopes.
 * Imported by each module with operators' routes.
 */
@Module({
  imports: [TypeOrmModule.forFeature([VercelCall], READ)],
  providers: [
    OperatorTokens,
    Authenticator,
    FailedSignIns,
    { provide: APP_GUARD, useClass: OperatorGuard },
    InstallationScopes,
  ],
  exports: [InstallationScopes],
})
export class OperatorAuthModule {}
