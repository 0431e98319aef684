import { Agent, request } from 'undici';
import type { FaultPlan } from '../faults.js';
import { randomId } from '../ids.js';
import type { EntryDetail } from '../log.js';
import { sign, SIGNATURE_HEADER } from './signature.js';
import type { Outgoing } from './webhook-event.js';

/** Contract 1.5: an attempt is aborted without a 2XX within 30 s. */
const TIMEOUT_MS = 30_000;
/**
 * Contract 1.5: exponential backoff for 24 hours. The first delay and the maximum are unknown and chosen by
 * the twin.
 */
const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 3_600_000;
const HORIZON_MS = 24 * 3_600_000;
const REORDER_WINDOW_MS = 60_000;

export interface SenderOptions {
  url: string | null;
  clientSecret: string;
  /** Divides the backoff and the 24 hours. */
  clockFactor: number;
  /** Maximum number of requests in flight. */
  concurrency: number;
  /** Whether a retry has a new event id; unknown at Vercel (contract 1.1). */
  newIdOnRetry: boolean;
}

/** One copy of an event that is being delivered. */
interface Delivery {
  out: Outgoing;
  body: string;
  signature: string;
  attempt: number;
  drops: number;
  firstAt: number;
}

type Result = { status: number | null; error: string | null };

/** Sends webhooks by Vercel's rules (contract 1.4, 1.5): at least once, in any order. */
export class WebhookSender {
  private readonly agent: Agent;
  private readonly ready: Delivery[] = [];
  private readonly held = new Map<string, { delivery: Delivery; timer: NodeJS.Timeout }[]>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly inFlight = new Set<AbortController>();
  private open = 0;
  private head = 0;
  private closed = false;

  constructor(
    private readonly options: SenderOptions,
    private readonly faults: FaultPlan,
    private readonly record: (detail: EntryDetail) => void,
  ) {
    const timeouts = {
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      connect: { timeout: TIMEOUT_MS },
    };
    this.agent = new Agent({ connections: options.concurrency, pipelining: 1, ...timeouts });
  }

  get url(): string | null {
    return this.options.url;
  }

  /** Number of copies that are neither delivered nor discarded. */
  get pending(): number {
    return this.open;
  }

  /** Sets the address for events. Events without an address so far are sent at once. */
  setUrl(url: string | null): void {
    this.options.url = url;
    this.sendReady();
  }

  send(out: Outgoing): void {
    if (this.closed) return;
    const times = this.faults.webhook('duplicate', out)?.times ?? 1;
    const drops = this.faults.webhook('drop', out)?.attempts ?? 0;
    const hold = this.held.has(out.subject) ? undefined : this.faults.webhook('reorder', out);
    const delayMs = this.faults.webhook('delay', out)?.ms ?? 0;
    const body = JSON.stringify(out.event);
    const signature = sign(body, this.options.clientSecret);
    for (let copy = 0; copy < times; copy++) {
      const delivery = { out, body, signature, attempt: 0, drops, firstAt: Date.now() };
      this.open++;
      if (hold) this.hold(delivery, hold.windowMs ?? REORDER_WINDOW_MS);
      else if (delayMs > 0) this.later(delayMs, () => this.enqueue(delivery));
      else this.enqueue(delivery);
    }
  }

  /** Stops the sender: nothing is sent, retried or recorded afterwards. */
  async close(): Promise<void> {
    this.closed = true;
    this.timers.forEach((timer) => clearTimeout(timer));
    this.timers.clear();
    this.held.clear();
    this.inFlight.forEach((controller) => controller.abort());
    await this.agent.destroy();
  }

  private enqueue(delivery: Delivery): void {
    this.ready.push(delivery);
    this.sendReady();
  }

  private sendReady(): void {
    while (this.inFlight.size < this.options.concurrency && !this.closed && this.options.url !== null) {
      const delivery = this.ready[this.head];
      if (delivery === undefined) break;
      this.head++;
      void this.attempt(delivery, this.options.url);
    }
    if (this.head === this.ready.length || this.head > 4096) this.ready.splice(0, this.head);
    if (this.ready.length === 0 || this.head > 4096) this.head = 0;
  }

  private async attempt(delivery: Delivery, url: string): Promise<void> {
    delivery.attempt++;
    if (delivery.attempt === 1) delivery.firstAt = Date.now();
    else if (this.options.newIdOnRetry) this.renew(delivery);
    const dropped = delivery.attempt <= delivery.drops;
    this.record({ kind: 'webhook.sent', ...this.about(delivery), dropped, ...contentOf(delivery) });
    const started = performance.now();
    const controller = new AbortController();
    this.inFlight.add(controller);
    const result = dropped ? DROPPED : await this.post(url, delivery, controller);
    this.inFlight.delete(controller);
    if (this.closed) return;
    this.conclude(delivery, result, performance.now() - started);
    this.sendReady();
  }

  private async post(url: string, delivery: Delivery, controller: AbortController): Promise<Result> {
    const timer = setTimeout(() => controller.abort(new Error('no answer within 30 s')), TIMEOUT_MS);
    const headers = { 'content-type': 'application/json', [SIGNATURE_HEADER]: delivery.signature };
    const { agent: dispatcher } = this;
    const { signal } = controller;
    try {
      const answer = await request(url, {
        method: 'POST',
        headers,
        body: delivery.body,
        dispatcher,
        signal,
      });
      await answer.body.dump();
      return { status: answer.statusCode, error: null };
    } catch (error) {
      return { status: null, error: describe(error) };
    } finally {
      clearTimeout(timer);
    }
  }

  private conclude(delivery: Delivery, result: Result, durationMs: number): void {
    const delivered = result.status !== null && result.status >= 200 && result.status < 300;
    const nextInMs = delivered ? null : this.nextDelay(delivery);
    const outcome = delivered ? 'delivered' : nextInMs === null ? 'discarded' : 'retry';
    if (outcome !== 'retry') this.open--;
    this.record({
      kind: 'webhook.result',
      ...this.about(delivery),
      ...result,
      durationMs,
      outcome,
      nextInMs,
    });
    if (nextInMs !== null) this.later(nextInMs, () => this.enqueue(delivery));
    if (delivered) this.release(delivery.out);
  }

  /** Milliseconds until the next attempt; null if it would be after the 24 hours. */
  private nextDelay(delivery: Delivery): number | null {
    const { clockFactor } = this.options;
    const delay = Math.min(FIRST_DELAY_MS * 2 ** (delivery.attempt - 1), MAX_DELAY_MS) / clockFactor;
    return Date.now() + delay - delivery.firstAt > HORIZON_MS / clockFactor ? null : delay;
  }

  private hold(delivery: Delivery, windowMs: number): void {
    const { subject } = delivery.out;
    const timer = this.later(windowMs, () => this.sendHeld(subject, (held) => held.delivery === delivery));
    this.held.set(subject, [...(this.held.get(subject) ?? []), { delivery, timer }]);
  }

  /** After the delivery of `out`, sends held events about the same object. */
  private release(out: Outgoing): void {
    this.sendHeld(out.subject, (held) => held.delivery.out !== out);
  }

  private sendHeld(subject: string, which: (held: { delivery: Delivery }) => boolean): void {
    const held = this.held.get(subject);
    if (held === undefined) return;
    const staying = held.filter((entry) => !which(entry));
    if (staying.length === 0) this.held.delete(subject);
    else this.held.set(subject, staying);
    for (const entry of held.filter(which)) {
      this.timers.delete(entry.timer);
      clearTimeout(entry.timer);
      this.enqueue(entry.delivery);
    }
  }

  private later(ms: number, run: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      run();
    }, ms);
    this.timers.add(timer);
    return timer;
  }

  private renew(delivery: Delivery): void {
    delivery.out = { ...delivery.out, event: { ...delivery.out.event, id: randomId('evt_') } };
    delivery.body = JSON.stringify(delivery.out.event);
    delivery.signature = sign(delivery.body, this.options.clientSecret);
  }

  private about({ out, attempt }: Delivery) {
    return { eventId: out.event.id, type: out.event.type, deploymentId: out.deploymentId, attempt };
  }
}

const DROPPED: Result = { status: null, error: 'dropped by a fault' };

function contentOf({ out }: Delivery) {
  return { action: out.action, body: out.event };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  return code + error.message;
}
