import type { InjectionToken } from '@nestjs/common';
import type { Config } from './config.js';

/** The Nest token of the frozen configuration. */
export const CONFIG: InjectionToken<Config> = Symbol('CONFIG');
