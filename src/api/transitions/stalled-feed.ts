import { FEED_HELD_MS } from '../../access/limits/operator-limits.js';
import { logEvent } from '../../log/log.js';
import { nameHolders, type Horizon } from './feed-horizon.js';

/** Detects a feed that does not advance although newer ids were drawn, and logs it once. */
export class StalledFeed {
  private last: bigint | null = null;
  private since = 0;
  private logged = false;

  constructor(
    private readonly limitMs = FEED_HELD_MS,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @returns milliseconds since the feed last advanced; null below the limit */
  note(horizon: Horizon): number | null {
    if (horizon.id !== this.last || horizon.id === horizon.drawn) {
      [this.last, this.since, this.logged] = [horizon.id, this.now(), false];
      return null;
    }
    const ms = this.now() - this.since;
    if (ms < this.limitMs) return null;
    if (!this.logged)
      logEvent('feed-held', { seconds: Math.round(ms / 1000), holders: nameHolders(horizon.holders) });
    this.logged = true;
    return ms;
  }
}
