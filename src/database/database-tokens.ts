import { getDataSourceToken } from '@nestjs/typeorm';
import { READ } from './data-source-names.js';

/** The Nest token of the `READ` data source. */
export const READ_DATABASE = getDataSourceToken(READ);
