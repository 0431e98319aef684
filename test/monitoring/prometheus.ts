import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { eventually } from '../support/world.js';
import { RULES } from './rules.js';

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Seconds since 1970, and the value as text. */
  readonly values: readonly (readonly [number, string])[];
}

/** A Prometheus on loopback with a temporary folder and the rules of this project. */
export interface Prometheus {
  readonly url: string;
  /** Returns the answer's `data`. @throws Error with Prometheus' message */
  ask<T>(path: string, query?: Readonly<Record<string, string>>): Promise<T>;
  /** Queries the last minutes. @throws Error with Prometheus' message about the expression */
  range(expr: string, minutes: number, stepSeconds: number): Promise<Series[]>;
  stop(): Promise<void>;
}

/**
 * @param targets addresses of processes, which are scraped every `everySeconds`; rules are evaluated as often
 */
export async function startPrometheus(targets: readonly string[], everySeconds: number): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'drawbridge-prometheus-'));
  const config = join(folder, 'prometheus.yaml');
  const interval = `${everySeconds}s`;
  const hosts = targets.map((target) => new URL(target).host);
  await writeFile(
    config,
    stringify({
      global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
      rule_files: [RULES],
      scrape_configs: [{ job_name: 'drawbridge', static_configs: [{ targets: hosts }] }],
    }),
  );
  const port = await freePort();
  const child = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = endOf(child);
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, ended);
  return {
    url,
    ask: (path, query = {}) => ask(url, path, query),
    range: async (query, minutes, step) => {
      const end = Date.now() / 1000;
      const times = { start: String(end - minutes * 60), end: String(end), step: String(step) };
      const { result } = await ask<{ result: Series[] }>(url, 'query_range', { query, ...times });
      return result;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended.promise;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ask<T>(url: string, path: string, query: Readonly<Record<string, string>>): Promise<T> {
  const words = new URLSearchParams(query).toString();
  const answer = await fetch(`${url}/api/v1/${path}?${words}`);
  const body = (await answer.json()) as { status: string; data: T; error?: string };
  if (body.status !== 'success') throw new Error(`prometheus: ${query['query'] ?? path}: ${body.error}`);
  return body.data;
}

interface End {
  readonly promise: Promise<void>;
  /** Returns why the process ended; null while it runs. */
  why(): string | null;
}

function endOf(child: ChildProcess): End {
  let [said, why]: [string, string | null] = ['', null];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_000)));
  const promise = once(child, 'exit').then(
    () => void (why = `prometheus ended: ${said}`),
    (cause: NodeJS.ErrnoException) => {
      why =
        cause.code === 'ENOENT'
          ? "prometheus is not installed: install Debian's package prometheus"
          : String(cause);
    },
  );
  return { promise, why: () => why };
}

async function untilReady(url: string, ended: End): Promise<void> {
  await eventually(async () => {
    const why = ended.why();
    if (why !== null) throw new Error(why);
    return fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
