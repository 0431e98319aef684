import type { Entry, Twin } from '../../src/twin/twin.js';
import type { DemoShutdown } from './shutdown.js';
import { DeploymentRunner } from './deployment-runner.js';
import { observeDeployments, observeServer } from './result/observations.js';
import type { DemoOptions } from './options.js';
import { DEPLOYMENTS } from './deployments.js';
import { startEnvironment, type DemoEnvironment } from './environment/environment.js';
import { listDeployments, nextSteps } from './timeline/text.js';
import { Timeline } from './timeline/timeline.js';
import { lastLine, evaluate, resultLines, writeJson, type DemoResult } from './result/demo-result.js';
import { AuditPoller } from './timeline/audit-poller.js';
import { messageOf } from './timeline/messages.js';

const LAST_LINES = 20;

export interface Output {
  readonly write: (text: string) => void;
  readonly colors: boolean;
  /** When elapsed time begins, in milliseconds since 1970. */
  readonly startedAt: number;
}

/** One run of the demo. `shutdown` stops everything that it starts. */
export class Demo {
  private readonly runner = new DeploymentRunner((line) => this.timeline.add(line));
  private readonly timeline: Timeline;
  private twin: Twin | null = null;

  constructor(
    private readonly options: DemoOptions,
    private readonly output: Output,
    private readonly shutdown: DemoShutdown,
  ) {
    this.timeline = new Timeline({ ...output, nameOf: this.runner.nameOf });
  }

  /**
   * @param up called with the result when the demo then keeps running. After that the promise never resolves,
   *   and rejects if a part fails.
   * @returns the result, with `once`
   * @throws the error of a part that failed; ShuttingDownError when the demo was stopped
   */
  async run(up: (result: DemoResult) => void): Promise<DemoResult> {
    const { shutdown, timeline } = this;
    const { single, log } = this.options;
    timeline.say('starting PostgreSQL, the Vercel twin and Drawbridge');
    const onEntry = (entry: Entry): void => this.onEntry(entry);
    const environment = await startEnvironment({
      single,
      log,
      shutdown,
      timeline,
      onEntry,
      build: this.runner.buildOfOther,
    });
    this.twin = environment.twin;
    const poller = new AuditPoller(environment.operator, environment.admin, timeline, environment.base);
    const { failure } = await this.startPolling(poller);
    return Promise.race([failure, environment.failure, this.play(environment, poller, up)]);
  }

  /** `failure` rejects when the poller fails, and never resolves. */
  private async startPolling(poller: AuditPoller): Promise<{ failure: Promise<never> }> {
    const over = new AbortController();
    const { running } = await this.shutdown.own(
      () => ({ running: poller.run(over.signal) }),
      async ({ running }) => {
        over.abort();
        await running.catch(() => undefined); // The caller of `run` got the error.
      },
    );
    return { failure: running.then(() => FOREVER) };
  }

  private async play(
    environment: DemoEnvironment,
    poller: AuditPoller,
    up: (result: DemoResult) => void,
  ): Promise<DemoResult> {
    this.print(['', ...listDeployments(DEPLOYMENTS), '']);
    const started = await this.runner.play(DEPLOYMENTS, environment);
    await poller.poll();
    this.timeline.printUpTo(Infinity);
    const result = evaluate(
      DEPLOYMENTS,
      await observeDeployments(started, environment),
      await observeServer(environment),
    );
    this.print(['', ...resultLines(result, (id) => this.timeline.lastOf(id, LAST_LINES)), '']);
    if (this.options.json !== null) await writeJson(this.options.json, result);
    if (this.options.once) return result;
    this.print([lastLine(result), '', ...nextSteps(environment)]);
    up(result);
    return FOREVER;
  }

  private onEntry(entry: Entry): void {
    const of = entry.deploymentId;
    const words = messageOf(entry, this.twin?.deployments().find(({ id }) => id === of) ?? null);
    // The twin logs the effects of a call before the call itself, which began earlier.
    const at = entry.kind === 'api' ? entry.at - entry.durationMs : entry.at;
    if (words !== null) this.timeline.add({ at, of, who: 'vercel', ...words });
  }

  private print(lines: readonly string[]): void {
    this.output.write(lines.map((line) => `${line}\n`).join(''));
  }
}

const FOREVER = new Promise<never>(() => undefined);
