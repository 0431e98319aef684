import { EventEmitter } from 'node:events';
import { Inject, Injectable } from '@nestjs/common';
import { Listener } from '../../database/listener.js';
import { readFeed, type OwnedTransition } from '../transitions/feed.js';
import { StalledFeed } from '../transitions/stalled-feed.js';
import { readHorizonWithHolders, readHorizon } from '../transitions/feed-horizon.js';
import { OperatorLimits } from '../../access/limits/operator-limits.js';
import type { InstallationScope } from '../../access/scope/installation-scope.js';
import { UNLIMITED_SCOPE } from '../../access/scope/unlimited-scope.constants.js';
import { failure, logEvent } from '../../log/log.js';

/** Poll interval, because notifications announce new webhooks only. */
const POLL_MS = 250;
/** Number of recent transitions kept for all listeners. A slower listener reads from the database. */
const KEPT = 2_000;
const CHUNK = 500;

/**
 * Follows the audit once for all listeners of this process, and only while there are listeners. Keeps a
 * bounded tail of transitions. `next` returns what follows a listener's last id, from the tail or from the
 * database. Rows cover all installations, so each listener filters them.
 */
@Injectable()
export class EventHub {
  private readonly changed = new EventEmitter().setMaxListeners(0);
  private tail: OwnedTransition[] = [];
  /** The tail contains every transition after this id; null without listeners. */
  private floor: bigint | null = null;
  private top = 0n;
  private listeners = 0;
  private timer: NodeJS.Timeout | null = null;
  private reading = false;
  private failing = false;
  private readonly hold = new StalledFeed();
  /** How long an open transaction has held back newer transitions; null below the limit. */
  heldMs: number | null = null;
  /** Increases whenever new transitions may exist. */
  version = 0;
  private readonly onWake = (): void => void this.read();

  constructor(
    @Inject(UNLIMITED_SCOPE) private readonly scope: InstallationScope,
    private readonly listener: Listener,
    private readonly limits: OperatorLimits,
  ) {}

  /** Number of listeners. */
  get count(): number {
    return this.listeners;
  }

  /** Returns the horizon of the audit: no transition can appear up to this id any more. */
  async position(): Promise<string> {
    return String(await readHorizon(this.scope));
  }

  /** Adds a listener. Each call must be followed by a call of `leave`. */
  join(): void {
    if (this.listeners++ > 0) return;
    this.listener.on('wake', this.onWake);
    if (!this.listener.connected) void this.listener.connect();
    this.timer = setInterval(this.onWake, POLL_MS);
    void this.read();
  }

  leave(): void {
    if (--this.listeners > 0) return;
    this.listener.off('wake', this.onWake);
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    this.tail = [];
    this.floor = null;
  }

  /** Returns a bounded number of transitions after `after`, oldest first; empty if there are none yet. */
  next(after: string): Promise<OwnedTransition[]> | OwnedTransition[] {
    const position = BigInt(after);
    if (this.floor === null || position < this.floor)
      return this.limits.reads.run(() => readFeed(this.scope, { after, limit: CHUNK }));
    const first = this.tail.findLastIndex(({ id }) => BigInt(id) <= position) + 1;
    return this.tail.slice(first, first + CHUNK);
  }

  /** Resolves when the version differs from `version`, after `ms`, or when `signal` aborts. */
  async change(version: number, ms: number, signal: AbortSignal): Promise<void> {
    if (version !== this.version || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.changed.once('change', resolve);
    const abort = (): void => resolve();
    signal.addEventListener('abort', abort);
    await promise;
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    this.changed.off('change', resolve);
  }

  private async read(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    try {
      if (this.floor === null) this.begin(await readHorizon(this.scope));
      while (this.listeners > 0 && (await this.readChunk()));
      this.failing = false;
    } catch (error) {
      if (!this.failing) logEvent('audit-not-followed', failure(error));
      this.failing = true; // reports an outage once
    } finally {
      this.reading = false;
    }
  }

  private begin(horizon: bigint): void {
    if (this.listeners === 0) return;
    this.floor = this.top = horizon;
    this.announce();
  }

  private announce(): void {
    this.version++;
    this.changed.emit('change');
  }

  /** Reads a chunk. Returns true if more rows may be available. */
  private async readChunk(): Promise<boolean> {
    const horizon = await readHorizonWithHolders(this.scope);
    this.heldMs = this.hold.note(horizon);
    const rows = await readFeed(this.scope, { after: String(this.top), limit: CHUNK }, horizon.id);
    const last = rows.at(-1);
    if (last === undefined || this.floor === null) return false;
    this.top = BigInt(last.id);
    this.tail.push(...rows);
    const over = this.tail.splice(0, Math.max(0, this.tail.length - KEPT)).at(-1);
    if (over !== undefined) this.floor = BigInt(over.id);
    this.announce();
    return rows.length === CHUNK;
  }
}
