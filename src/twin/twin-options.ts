import type { Build } from './deployment/builds.js';
import { address, check, integer, number, orNull, text, type Reader } from './api/check.js';
import type { Entry, KeepLog } from './log.js';
import { TwinError } from './twin-error.js';
import type { SenderOptions } from './webhook/webhook-sender.js';

export interface TwinOptions {
  /** 0, the default, takes a free one. */
  port?: number;
  /** 127.0.0.1. The control API asks for no password: another host opens it to others. */
  host?: string;
  /** Where webhooks are posted. Null: they wait until `setWebhookUrl`. */
  webhookUrl: string | null;
  /** The integration's client secret, which signs webhooks (contract 1.4). */
  clientSecret: string;
  /** Installation ids to their access tokens. */
  installations?: Record<string, string>;
  /**
   * How long required actions may take; Vercel's three minutes when left out (contract 7). Not shortened by
   * the clock factor.
   */
  deadlineMs?: number;
  /** Divides the delays between attempts of a webhook and the 24 hours they may take: 1. */
  clockFactor?: number;
  /** Of the dice of the faults: 1. */
  seed?: number;
  /** Webhooks in flight at once: 64. */
  webhookConcurrency?: number;
  /** Whether a retried webhook has another event id; unknown at Vercel (contract 1.1). False. */
  newIdOnRetry?: boolean;
  /** Which view of a deployment the API shows; unknown for installation tokens (contract 3). `owner`. */
  view?: 'owner' | 'reduced';
  /** How much of the log is kept: all (true, the default), nothing, or the last so many entries. */
  keepLog?: KeepLog;
  /** Hears every entry of the log as it is written, also those that are not kept; must not throw. */
  onEntry?: (entry: Entry) => void;
  /** What deployments do once they are let go; at once READY when left out. */
  build?: Build;
}

const MAX_MS = 24 * 3600 * 1000;
const DEADLINE_MS = 180_000;

/** Throws a {@link TwinError} that names the option. */
export function readOptions(options: TwinOptions) {
  const { keepLog = true, view = 'owner', newIdOnRetry = false } = options;
  if (typeof keepLog === 'number') read(integer(1, 100_000_000), keepLog, 'keepLog');
  const webhooks: SenderOptions = {
    url: read(orNull(address), options.webhookUrl, 'webhookUrl'),
    clientSecret: read(text, options.clientSecret, 'clientSecret'),
    clockFactor: read(number(0.001, 1_000_000), options.clockFactor ?? 1, 'clockFactor'),
    concurrency: read(integer(1, 10_000), options.webhookConcurrency ?? 64, 'webhookConcurrency'),
    newIdOnRetry,
  };
  return {
    port: read(integer(0, 65_535), options.port ?? 0, 'port'),
    host: read(text, options.host ?? '127.0.0.1', 'host'),
    deadlineMs: read(integer(1, MAX_MS), options.deadlineMs ?? DEADLINE_MS, 'deadlineMs'),
    seed: read(integer(0, Number.MAX_SAFE_INTEGER), options.seed ?? 1, 'seed'),
    installations: options.installations ?? {},
    build: options.build,
    onEntry: options.onEntry,
    keepLog,
    view,
    webhooks,
  };
}

function read<T>(reader: Reader<T>, value: unknown, name: string): T {
  const result = check(reader, value, `option ${name}`);
  if (!result.ok) throw new TwinError('bad_request', `twin: ${result.message}`);
  return result.value;
}
