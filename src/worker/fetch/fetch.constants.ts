import type { InjectionToken } from '@nestjs/common';
import type { JobFetcherOptions } from './job-fetcher.js';

/** The Nest token of the worker's limits. */
export const FETCH_LIMITS: InjectionToken<JobFetcherOptions> = Symbol('FETCH_LIMITS');
