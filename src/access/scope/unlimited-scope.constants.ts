import type { InjectionToken } from '@nestjs/common';
import type { InstallationScope } from './installation-scope.js';

/**
 * The Nest token of a scope without a limit, for work shared by several operators. Its user must filter rows
 * by `sees` of each operator's scope. A rule in .dependency-cruiser.cjs names the files that may import it.
 */
export const UNLIMITED_SCOPE: InjectionToken<InstallationScope> = Symbol('UNLIMITED_SCOPE');
