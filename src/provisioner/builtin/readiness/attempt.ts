import { PermanentError } from '../../provisioner.js';
import type { Destination } from './probes/host-resolver.js';

/** What the kinds of probes give. */
export interface Attempt {
  /** What is asked, as the beginning of a sentence: `GET https://example.com`. */
  readonly subject: string;
  readonly host: string;
  readonly port: number;
  /**
   * Tries it once, on connections to `to` alone, which it closes. What is wrong, as the end of a sentence; null when it is as it
   * should be. Rejects soon after `signal`, which fires `timeoutMs` after the start, and with whatever error the connection had.
   */
  try(to: Destination, signal: AbortSignal, timeoutMs: number): Promise<string | null>;
}

/** Fills a text of a probe in; throws PermanentError that names the key. */
export type Filler = (text: string, key: string) => string;

export const probeError = (path: string, message: string): PermanentError =>
  new PermanentError(`readiness: ${path}: ${message}`);
