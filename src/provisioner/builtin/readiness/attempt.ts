import { PermanentError } from '../../provisioner.js';
import type { Destination } from './probes/host-resolver.js';

/** One probe, prepared by its kind. */
export interface Attempt {
  /** The beginning of a message about the probe, such as `GET https://example.com`. */
  readonly subject: string;
  readonly host: string;
  readonly port: number;
  /**
   * Runs the probe once, only on connections to `to`, which it closes. Returns the problem as the end of a
   * sentence; null on success. Rejects with the error of the connection, and soon after `signal`, which
   * aborts `timeoutMs` after the start.
   */
  try(to: Destination, signal: AbortSignal, timeoutMs: number): Promise<string | null>;
}

/** Fills in a text of a probe. Throws a PermanentError that names the key. */
export type Filler = (text: string, key: string) => string;

export const probeError = (path: string, message: string): PermanentError =>
  new PermanentError(`readiness: ${path}: ${message}`);
