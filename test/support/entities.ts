import type { DataSourceOptions } from 'typeorm';
import { Action } from '../../src/action/entities/action.entity.js';
import { Allocation } from '../../src/action/entities/allocation.entity.js';
import { Delivery } from '../../src/action/entities/delivery.entity.js';
import { Transition } from '../../src/action/entities/transition.entity.js';
import { dataSourceOptions } from '../../src/database/schema/data-source.js';
import { DeploymentDoubt } from '../../src/installation/deployment-doubt.entity.js';
import { Installation } from '../../src/installation/installation.entity.js';
import { Resource } from '../../src/installation/resource.entity.js';
import { VercelCall } from '../../src/vercel/recorder/vercel-call.entity.js';

const READ = [Action, Allocation, Delivery, DeploymentDoubt, Installation, Resource, Transition, VercelCall];

/** A data source with the limits of operators' queries, for tests without Nest. */
export const readingOptions = (url: string, max: number): DataSourceOptions => ({
  ...dataSourceOptions(url, { name: 'test', max }),
  entities: READ,
});
