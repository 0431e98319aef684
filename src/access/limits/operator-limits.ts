import { Injectable } from '@nestjs/common';
import { ConcurrencyLimit } from './concurrency-limit.js';
import { StreamLimit } from './stream-limit.js';

/** Time that an open transaction may hold back the feed. Most transactions take milliseconds. */
export const FEED_HELD_MS = 60_000;
/**
 * Exports and streams use two of the read pool's four connections. The others stay free for lists and status
 * pages.
 */
const LONG_READS = 2;

/** Limits of one process for long-running responses. */
@Injectable()
export class OperatorLimits {
  readonly streams = new StreamLimit({ what: 'event streams', each: 10, all: 500, reserve: 50 });
  readonly exports = new StreamLimit({ what: 'exports', each: 2, all: 8, reserve: 2 });
  readonly reads = new ConcurrencyLimit(LONG_READS);
  /** An export fails if its horizon does not advance for this time. */
  exportHeldMs = FEED_HELD_MS;
}
