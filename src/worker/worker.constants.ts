import type { InjectionToken } from '@nestjs/common';
import type { JobFetcherOptions } from './fetch/job-fetcher.js';

/** The Nest token of how much one worker process holds. */
export const FETCH_LIMITS: InjectionToken<JobFetcherOptions> = Symbol('FETCH_LIMITS');
