import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { DataSource } from 'typeorm';
import { READ_DATABASE } from '../../database/database.constants.js';
import { Authenticator } from './authenticator.js';
import { InstallationScope } from '../scope/installation-scope.js';
import { InstallationScopes } from '../scope/installation-scopes.js';
import { UNLIMITED_SCOPE } from '../scope/unlimited-scope.constants.js';
import { FailedSignIns } from './failed-sign-ins.js';
import { OperatorGuard } from './operator.guard.js';
import { OperatorTokens } from './operator-tokens.js';

/**
 * Installs the guard for every route of the application, and provides the operators' installation scopes.
 * Imported by each module with operators' routes.
 */
@Module({
  providers: [
    OperatorTokens,
    Authenticator,
    FailedSignIns,
    { provide: APP_GUARD, useClass: OperatorGuard },
    InstallationScopes,
    {
      provide: UNLIMITED_SCOPE,
      inject: [READ_DATABASE],
      useFactory: (database: DataSource) => InstallationScope.ofEverybody(database),
    },
  ],
  exports: [InstallationScopes, UNLIMITED_SCOPE],
})
export class OperatorAuthModule {}
