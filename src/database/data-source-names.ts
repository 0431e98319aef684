/** The TypeORM data source for lists and details: a small pool of its own, on the primary. The default one writes. */
export const READ = 'read';
