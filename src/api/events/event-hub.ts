import { EventEmitter } from 'node:events';
import type { DataSource } from 'typeorm';
import type { Listener } from '../../database/listener.js';
import { readFeed, type OwnedTransition } from '../transitions/feed.js';
import { FeedHold } from '../transitions/feed-hold.js';
import { lookAtHorizon, readHorizon } from '../transitions/feed-horizon.js';
import { Lane } from '../../access/limits/lane.js';
import { InstallationScope } from '../../access/scope/installation-scope.js';

/** The floor below notifications, which tell of new webhooks alone. */
const POLL_MS = 250;
/** The last transitions, kept for everybody who listens: whoever is further behind reads for themselves. */
const KEPT = 2_000;
const CHUNK = 500;

/**
 * Follows the audit once for all who listen in this process. Nobody listens: nothing is read. It keeps a bounded tail of what
 * it saw; `next` gives a listener what comes after their last id, from the tail or from the database: of all installations, so that the
 * listener has to leave out what is not theirs.
 */
export class EventHub {
  private readonly sight: InstallationScope;
  private readonly changed = new EventEmitter().setMaxListeners(0);
  private tail: OwnedTransition[] = [];
  /** The tail holds every transition after this id; null: nobody has listened since. */
  private floor: bigint | null = null;
  private top = 0n;
  private listeners = 0;
  private timer: NodeJS.Timeout | null = null;
  private reading = false;
  private failing = false;
  private readonly hold: FeedHold;
  private readonly reads: Lane;
  /** For how long an open transaction has kept newer transitions back, once that is long. */
  heldMs: number | null = null;
  /** Grows whenever there may be more. */
  version = 0;
  private readonly onWake = (): void => void this.read();

  constructor(
    database: DataSource,
    private readonly listener: Listener,
    private readonly onError: (error: unknown) => void,
    { heldMs, reads = new Lane(1) }: { heldMs?: number; reads?: Lane } = {},
  ) {
    this.reads = reads;
    this.hold = new FeedHold(heldMs);
    this.sight = InstallationScope.ofEverybody(database);
  }

  /** How many listen now. */
  get count(): number {
    return this.listeners;
  }

  /** Where the audit stands: everything up to this id is settled. */
  async position(): Promise<string> {
    return String(await readHorizon(this.sight));
  }

  /** Every call is followed by one of `leave`. */
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

  /** What comes after `after`, oldest first, a bounded number of it; empty: nothing yet. */
  next(after: string): Promise<OwnedTransition[]> | OwnedTransition[] {
    const position = BigInt(after);
    if (this.floor === null || position < this.floor)
      return this.reads.run(() => readFeed(this.sight, { after, limit: CHUNK }));
    const first = this.tail.findLastIndex(({ id }) => BigInt(id) <= position) + 1;
    return this.tail.slice(first, first + CHUNK);
  }

  /** Resolves when there may be more than at `version`, after `ms`, or when `signal` is aborted. */
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
      if (this.floor === null) this.begin(await readHorizon(this.sight));
      while (this.listeners > 0 && (await this.readChunk()));
      this.failing = false;
    } catch (error) {
      if (!this.failing) this.onError(error);
      this.failing = true; // told once, however often it fails until it works again
    } finally {
      this.reading = false;
    }
  }

  private begin(horizon: bigint): void {
    if (this.listeners === 0) return;
    this.floor = this.top = horizon;
    this.tell();
  }

  private tell(): void {
    this.version++;
    this.changed.emit('change');
  }

  /** Whether there may be more at once. */
  private async readChunk(): Promise<boolean> {
    const horizon = await lookAtHorizon(this.sight);
    this.heldMs = this.hold.note(horizon);
    const rows = await readFeed(this.sight, { after: String(this.top), limit: CHUNK }, horizon.id);
    const last = rows.at(-1);
    if (last === undefined || this.floor === null) return false;
    this.top = BigInt(last.id);
    this.tail.push(...rows);
    const over = this.tail.splice(0, Math.max(0, this.tail.length - KEPT)).at(-1);
    if (over !== undefined) this.floor = BigInt(over.id);
    this.tell();
    return rows.length === CHUNK;
  }
}
