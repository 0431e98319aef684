import type { LoggerService } from '@nestjs/common';
import { logEvent } from './log.js';

/**
 * Logs messages of Nest and Fastify as events of Drawbridge. Nest's `log` level goes to `debug`: Nest only
 * lists modules and routes at boot.
 */
export class FrameworkLog implements LoggerService {
  log(message: unknown, ...more: unknown[]): void {
    logEvent('framework', { text: textOf(message), context: contextOf(more) });
  }

  debug(message: unknown, ...more: unknown[]): void {
    this.log(message, ...more);
  }

  verbose(message: unknown, ...more: unknown[]): void {
    this.log(message, ...more);
  }

  warn(message: unknown, ...more: unknown[]): void {
    logEvent('framework-warning', { text: textOf(message), context: contextOf(more) });
  }

  /**
   * Nest passes the stack, if there is one, before the context. Skips errors of Nest's boot
   * (`ExceptionHandler`), which main.ts reports.
   */
  error(message: unknown, ...more: unknown[]): void {
    if (contextOf(more) === 'ExceptionHandler') return;
    const stack = more.length > 1 && typeof more[0] === 'string' ? more[0] : stackOf(message);
    logEvent('framework-error', { text: textOf(message), context: contextOf(more), stack });
  }
}

const textOf = (message: unknown): string =>
  message instanceof Error
    ? message.message
    : typeof message === 'string'
      ? message
      : (JSON.stringify(message) ?? String(message));

const stackOf = (message: unknown): string | undefined =>
  message instanceof Error ? message.stack : undefined;

function contextOf(more: unknown[]): string | undefined {
  const last = more.at(-1);
  return typeof last === 'string' ? last : undefined;
}
