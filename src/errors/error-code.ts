/**
 * The code that Node, a driver or a library set on an error, such as `ECONNREFUSED`, `42501` or
 * `UND_ERR_SOCKET`; '' without one. Reads this error only; `sqlState` in database-error.ts searches causes.
 */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

/**
 * A short and stable text for messages and records: the error's code, else its name; `unknown` for other
 * values.
 */
export function errorCodeOrName(error: unknown): string {
  return errorCode(error) || (error instanceof Error ? error.name : 'unknown');
}
