/** The numbers of rows on a page. Alone in its file: the command line must not load the server's packages. */
export const DEFAULT_LIMIT = 50;
export const LARGEST_LIMIT = 200;
