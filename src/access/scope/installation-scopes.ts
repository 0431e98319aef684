import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { READ_DATABASE } from '../../database/database.constants.js';
import type { Operator } from '../auth/operator-tokens.js';
import { InstallationScope } from './installation-scope.js';

/** Creates the scope of an operator. */
@Injectable()
export class InstallationScopes {
  constructor(@Inject(READ_DATABASE) private readonly database: DataSource) {}

  of(operator: Operator): InstallationScope {
    return InstallationScope.of(operator, this.database);
  }
}
