/**
 * Name of the TypeORM data source for lists and details: a small pool of its own on the primary. The default
 * data source writes.
 */
export const READ = 'read';
