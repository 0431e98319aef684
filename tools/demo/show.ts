import type { Entry, Twin } from '../../src/twin/twin.js';
import type { DemoClosing } from './closing.js';
import { Director } from './director.js';
import { gather, gatherHouse } from './evidence.js';
import type { DemoOptions } from './options.js';
import { PARTS } from './scenario.js';
import { setStage, type Stage } from './stage.js';
import { cast, invitation } from './text.js';
import { Timeline } from './timeline.js';
import { lastLine, reachVerdict, tell, writeJson, type Verdict } from './verdict.js';
import { Watch } from './watch.js';
import { wordsOf } from './wording.js';

const LAST_LINES = 20;

export interface Output {
  readonly write: (text: string) => void;
  readonly colors: boolean;
  /** When elapsed time begins, in milliseconds since 1970. */
  readonly startedAt: number;
}

/** One run of the demo, from nothing to its verdict. What it starts, `closing` ends. */
export class Show {
  private readonly director = new Director((line) => this.timeline.add(line));
  private readonly timeline: Timeline;
  private twin: Twin | null = null;

  constructor(
    private readonly options: DemoOptions,
    private readonly output: Output,
    private readonly closing: DemoClosing,
  ) {
    this.timeline = new Timeline({ ...output, nameOf: this.director.nameOf });
  }

  /**
   * @param up called with the verdict once there is one, when the demo then stays up; the promise rejects if a part of
   *   it breaks, and does not resolve
   * @returns the verdict, with `once`
   * @throws whatever kept the demo from being shown; Ending when it was ended meanwhile
   */
  async run(up: (verdict: Verdict) => void): Promise<Verdict> {
    const { closing, timeline } = this;
    const { single, log } = this.options;
    timeline.say('starting PostgreSQL, a stand-in for Vercel and Drawbridge');
    const onEntry = (entry: Entry): void => this.hear(entry);
    const stage = await setStage({
      single,
      log,
      closing,
      timeline,
      onEntry,
      build: this.director.buildOfVisitor,
    });
    this.twin = stage.twin;
    const watch = new Watch(stage.operator, stage.admin, timeline, stage.base);
    const { broken } = await this.watch(watch);
    return Promise.race([broken, stage.failure, this.play(stage, watch, up)]);
  }

  /** `broken` rejects when the watch can no longer see, and never resolves. */
  private async watch(watch: Watch): Promise<{ broken: Promise<never> }> {
    const over = new AbortController();
    const { running } = await this.closing.own(
      () => ({ running: watch.run(over.signal) }),
      async ({ running }) => {
        over.abort();
        await running.catch(() => undefined); // who ran the show has heard of it
      },
    );
    return { broken: running.then(() => FOREVER) };
  }

  private async play(stage: Stage, watch: Watch, up: (verdict: Verdict) => void): Promise<Verdict> {
    this.print(['', ...cast(PARTS), '']);
    const played = await this.director.play(PARTS, stage);
    await watch.look();
    this.timeline.printUpTo(Infinity);
    const verdict = reachVerdict(PARTS, await gather(played, stage), await gatherHouse(stage));
    this.print(['', ...tell(verdict, (id) => this.timeline.lastOf(id, LAST_LINES)), '']);
    if (this.options.json !== null) await writeJson(this.options.json, verdict);
    if (this.options.once) return verdict;
    this.print([lastLine(verdict), '', ...invitation(stage)]);
    up(verdict);
    return FOREVER;
  }

  private hear(entry: Entry): void {
    const of = entry.deploymentId;
    const words = wordsOf(entry, this.twin?.deployments().find(({ id }) => id === of) ?? null);
    // What a call brings about is logged before the call, which had come before.
    const at = entry.kind === 'api' ? entry.at - entry.durationMs : entry.at;
    if (words !== null) this.timeline.add({ at, of, who: 'vercel', ...words });
  }

  private print(lines: readonly string[]): void {
    this.output.write(lines.map((line) => `${line}\n`).join(''));
  }
}

const FOREVER = new Promise<never>(() => undefined);
