import type { InjectionToken } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';

/**
 * Name of the TypeORM data source for lists and details: a small pool of its own on the primary. The default
 * data source writes.
 */
export const READ = 'read';

/** The Nest token of the `READ` data source. */
export const READ_DATABASE: InjectionToken<DataSource> = getDataSourceToken(READ);
