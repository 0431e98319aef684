/**
 * The code that Node, a driver or a library has put on an error, such as `ECONNREFUSED`, `42501` or `UND_ERR_SOCKET`; '' without
 * one. Reads this error alone: `sqlState` in database-error.ts looks through causes.
 */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

/** Short and stable, for messages and records: the error's code, else its name; `unknown` for what is not an Error. */
export function errorCodeOrName(error: unknown): string {
  return errorCode(error) || (error instanceof Error ? error.name : 'unknown');
}
