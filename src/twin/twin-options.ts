import type { Build } from './deployment/builds.js';
import { address, check, integer, number, orNull, text, type Reader } from './api/check.js';
import type { Entry, KeepLog } from './log.js';
import { TwinError } from './twin-error.js';
import type { SenderOptions } from './webhook/webhook-sender.js';

export interface TwinOptions {
  /** Default: 0, any free port. */
  port?: number;
  /**
   * Default: 127.0.0.1. The control API requires no password: with another address, other machines can use
   * it.
   */
  host?: string;
  /** Address for webhooks. Null: they wait until `setWebhookUrl`. */
  webhookUrl: string | null;
  /** The integration's client secret, which signs webhooks (contract 1.4). */
  clientSecret: string;
  /** Access tokens by installation id. */
  installations?: Record<string, string>;
  /**
   * Time limit of required actions in milliseconds. Default: Vercel's three minutes (contract 7). The clock
   * factor does not apply.
   */
  deadlineMs?: number;
  /** Divides the retry delays of webhooks and their 24 hours. Default: 1. */
  clockFactor?: number;
  /** Seed of the random faults. Default: 1. */
  seed?: number;
  /** Maximum number of webhooks in flight. Default: 64. */
  webhookConcurrency?: number;
  /** Whether a retried webhook has another event id; unknown at Vercel (contract 1.1). Default: false. */
  newIdOnRetry?: boolean;
  /** The view of a deployment in the API; unknown for installation tokens (contract 3). Default: `owner`. */
  view?: 'owner' | 'reduced';
  /**
   * How much of the log is kept: everything (true), nothing (false), or the last so many entries. Default:
   * true.
   */
  keepLog?: KeepLog;
  /** Receives every entry of the log, also those that are not kept. Must not throw. */
  onEntry?: (entry: Entry) => void;
  /** The build of a deployment. Default: deployments are READY at once. */
  build?: Build;
}

const MAX_MS = 24 * 3600 * 1000;
const DEADLINE_MS = 180_000;

/** @throws TwinError that names the option */
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
