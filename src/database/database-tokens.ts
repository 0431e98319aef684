/** The Nest token of the DataSource for lists and details: a small pool of its own, on the primary. */
export const READ_DATABASE = Symbol('READ_DATABASE');
