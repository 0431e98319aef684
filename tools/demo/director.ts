import { setTimeout as sleep } from 'node:timers/promises';
import type { DeploymentView } from '../../src/twin/twin.js';
import { build, type Built } from './build.js';
import { BUSY_UNTIL, type ScenarioPart } from './scenario.js';
import type { Stage } from './stage.js';
import type { TimelineLine } from './timeline.js';
import { wordsOfBuild } from './wording.js';

/** A plugin call that was cut short keeps its action waiting for 30 s: on a very slow machine the cancel may hit one. */
const LIMIT_MS = 100_000;
const EVERY_MS = 150;

/** A part that was played. */
export interface Played {
  readonly part: ScenarioPart;
  readonly id: string;
  /** What its build found; null: it had no database, or never ran. */
  readonly built: Built | null;
}

/** Has the deployments made, canceled and deleted as the scenario says; what becomes of them, it only watches. */
export class Director {
  private readonly ids = new Map<string, string>();
  private readonly built = new Map<string, Built>();
  private visitors = 0;

  constructor(private readonly tell: (line: TimelineLine) => void) {}

  /** What the timeline calls a deployment; those that somebody else creates get a name as they appear. */
  readonly nameOf = (id: string): string => {
    const known = [...this.ids].find(([, of]) => of === id)?.[0];
    if (known !== undefined) return known;
    const name = `yours-${++this.visitors}`;
    this.ids.set(name, id);
    return name;
  };

  /** Resolves when every part is where it should be, and at the latest after a while. */
  async play(parts: readonly ScenarioPart[], stage: Stage): Promise<Played[]> {
    const end = Date.now() + LIMIT_MS;
    await Promise.all(parts.map((part) => this.playOne(part, stage, end)));
    while (Date.now() < end && stage.twin.pendingWebhooks > 0) await sleep(EVERY_MS);
    return parts.flatMap((part) => {
      const id = this.ids.get(part.name);
      return id === undefined ? [] : [{ part, id, built: this.built.get(part.name) ?? null }];
    });
  }

  /** The build of a deployment that is not in the scenario. */
  readonly buildOfVisitor = async (view: DeploymentView, env: Record<string, string>): Promise<void> =>
    this.runBuild(view.id, env);

  private async playOne(part: ScenarioPart, stage: Stage, end: number): Promise<void> {
    if (part.after !== undefined) await this.becomes(part.after, 'ready', stage, end);
    const { id } = stage.twin.createDeployment(part.input, (view, env) => this.runBuild(view.id, env));
    this.ids.set(part.name, id);
    await this.follow(part, id, stage, end);
    await this.rests(part, id, stage, end);
    if (part.name === BUSY_UNTIL) await stage.busyTemplate.release();
  }

  private async follow(
    { name, fate, expect }: ScenarioPart,
    id: string,
    stage: Stage,
    end: number,
  ): Promise<void> {
    switch (fate) {
      case undefined:
        return;
      case 'cancel-at-once':
        return void stage.twin.cancel(id);
      case 'cancel-while-waiting':
        if (await this.isTold(expect.says ?? '', id, stage, end)) stage.twin.cancel(id);
        return;
      case 'delete-when-ready':
        if (await this.becomes(name, 'ready', stage, end)) stage.twin.delete(id);
        return;
      default:
        fate satisfies never;
    }
  }

  /** Until Vercel was told of progress in words that begin so. */
  private isTold(words: string, id: string, { twin }: Stage, end: number): Promise<boolean> {
    const told = (): boolean =>
      twin
        .deployment(id)
        .actions.some(({ reports }) =>
          reports.some(({ status, statusText }) => status === 'running' && statusText?.startsWith(words)),
        );
    return inTime(twin.waitFor(told, Math.max(1, end - Date.now())));
  }

  private async becomes(name: string, state: string, { twin }: Stage, end: number): Promise<boolean> {
    const is = (): boolean => {
      const id = this.ids.get(name);
      return id !== undefined && twin.deployment(id).state === state;
    };
    return inTime(twin.waitFor(is, Math.max(1, end - Date.now())));
  }

  /** Until deployment and action are where they should be; what they are instead, the checks will say. */
  private async rests(
    { expect }: ScenarioPart,
    id: string,
    { twin, operator }: Stage,
    end: number,
  ): Promise<void> {
    for (; Date.now() < end; await sleep(EVERY_MS)) {
      if (twin.deployment(id).state !== expect.deployment) continue;
      const actions = await operator.actions(id);
      if (actions.length > 0 && actions.every(({ state }) => state === expect.action)) return;
    }
  }

  private async runBuild(id: string, env: Record<string, string>): Promise<void> {
    // A deployment that waits for nothing builds before it has got its name.
    await Promise.resolve();
    const name = this.nameOf(id);
    const built = await build(name, env);
    if (built !== null) this.built.set(name, built);
    this.tell({ at: Date.now(), of: id, who: 'build', ...wordsOfBuild(built) });
  }
}

/** The twin rejects when the time is over. */
function inTime(wait: Promise<unknown>): Promise<boolean> {
  return wait.then(
    () => true,
    () => false,
  );
}
