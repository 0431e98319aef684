import { createContext, runInContext } from 'node:vm';

const LIMIT_MS = 250;

/**
 * Returns whether a regular expression matches; null when it takes too long, as `(a+)+$` does on some texts.
 * It would block the process, and only code in a context of its own can be stopped.
 */
export function matches(pattern: string, text: string): boolean | null {
  const context = createContext({ pattern, text });
  try {
    return runInContext('new RegExp(pattern).test(text)', context, { timeout: LIMIT_MS }) as boolean;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return null;
    throw error;
  }
}
