import { Injectable } from '@nestjs/common';
import { Lane } from './lane.js';
import { Places } from './places.js';

/** An open transaction may keep the feed back for so long; most take milliseconds. */
export const FEED_HELD_MS = 60_000;
/** Exports and streams read through two of the read pool's four connections: lists and status pages keep the others. */
const LONG_READS = 2;

/** How much of one process answers that last may use. */
@Injectable()
export class OperatorLimits {
  readonly streams = new Places({ what: 'event streams', each: 10, all: 500, reserve: 50 });
  readonly exports = new Places({ what: 'exports', each: 2, all: 8, reserve: 2 });
  readonly reads = new Lane(LONG_READS);
  /** An export whose horizon stands still for so long fails. */
  exportHeldMs = FEED_HELD_MS;
}
