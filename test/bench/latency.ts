import { PgBoss } from 'pg-boss';
import { startTwin, type Entry, type Twin } from '../../src/twin/twin.js';
import { INSTALLATIONS, RESOURCE, SECRET, tokenOf } from './actors.js';
import { figure, percentile, type Figure } from './measure.js';
import { setStage } from './stage.js';

const ROUNDS = 9;
const PER_ROUND = 60;
/**
 * Rounds of a first pass that is not measured, so that both sides run optimized code, as in a server that has
 * been up for a while.
 */
const WARM_UP = 60;

/**
 * Measures the time from a webhook to its PATCH, one deployment at a time, against pg-boss from `send` to the
 * handler. Milliseconds.
 */
export async function latency(): Promise<Figure[]> {
  const stage = await setStage();
  const reports = new Reports();
  const installations = Object.fromEntries(INSTALLATIONS.map((id) => [id, tokenOf(id)]));
  const twin = await startTwin({
    webhookUrl: null,
    clientSecret: SECRET,
    installations,
    onEntry: (entry) => reports.hear(entry),
  });
  const drawbridge = await stage.drawbridge('web,worker', twin.url);
  twin.setWebhookUrl(`${drawbridge.url}/webhooks/vercel`);
  const handled = await Handled.start(stage.databaseUrl);
  try {
    await rounds(
      WARM_UP,
      () => reports.next(twin),
      () => handled.next(),
    );
    const { ours, reference } = await rounds(
      PER_ROUND,
      () => reports.next(twin),
      () => handled.next(),
    );
    return [50, 99].map((p) =>
      figure(
        'latency',
        `p${p}`,
        'ms',
        ours.map((r) => percentile(r, p)),
        reference.map((r) => percentile(r, p)),
      ),
    );
  } finally {
    await handled.stop();
    await drawbridge.stop();
    await twin.close();
    await stage.close();
  }
}

async function rounds(perRound: number, ours: () => Promise<number>, reference: () => Promise<number>) {
  const results = { ours: [] as number[][], reference: [] as number[][] };
  for (let round = 0; round < ROUNDS; round++) {
    results.reference.push(await repeat(perRound, reference));
    results.ours.push(await repeat(perRound, ours));
  }
  return results;
}

async function repeat(count: number, once: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let i = 0; i < count; i++) values.push(await once());
  return values;
}

/** Waits for the report `succeeded` of a new deployment. */
class Reports {
  private waiting: PromiseWithResolvers<void> | null = null;

  hear(entry: Entry): void {
    if (entry.kind === 'api' && entry.status === 202) this.waiting?.resolve();
  }

  async next(twin: Twin): Promise<number> {
    this.waiting = Promise.withResolvers();
    const start = performance.now();
    const connections = [
      { installationId: INSTALLATIONS[0] as string, resourceId: RESOURCE, actions: ['branch'] },
    ];
    twin.createDeployment({ project: 'bench', connections });
    await this.waiting.promise;
    return performance.now() - start;
  }
}

/** The fastest setup of pg-boss: LISTEN, one worker, a handler that does nothing. */
class Handled {
  private waiting: PromiseWithResolvers<void> | null = null;
  private constructor(private readonly boss: PgBoss) {}

  static async start(connectionString: string): Promise<Handled> {
    const boss = new PgBoss({ connectionString, useListenNotify: true, supervise: false, schedule: false });
    await boss.start();
    await boss.createQueue('reference', { notify: true });
    const handled = new Handled(boss);
    await boss.work('reference', { pollingIntervalSeconds: 0.5 }, async () => handled.waiting?.resolve());
    return handled;
  }

  async next(): Promise<number> {
    this.waiting = Promise.withResolvers();
    const start = performance.now();
    await this.boss.send('reference', { n: 1 });
    await this.waiting.promise;
    return performance.now() - start;
  }

  async stop(): Promise<void> {
    await this.boss.stop({ graceful: false });
  }
}
