import { setTimeout as sleep } from 'node:timers/promises';
import type { DeploymentView } from '../../src/twin/twin.js';
import { build, type Built } from './environment/build.js';
import { BUSY_UNTIL, type DemoDeployment } from './deployments.js';
import type { DemoEnvironment } from './environment/environment.js';
import type { TimelineLine } from './timeline/timeline.js';
import { messageOfBuild } from './timeline/messages.js';

/** More than 30 s, which an action waits after an aborted call of its plugin. */
const LIMIT_MS = 100_000;
const EVERY_MS = 150;

/** A part that was started. */
export interface StartedDeployment {
  readonly part: DemoDeployment;
  readonly id: string;
  /** The result of its build; null when it had no database or did not run. */
  readonly built: Built | null;
}

/** Creates, cancels and deletes the deployments, and waits for their end. It does not check the result. */
export class DeploymentRunner {
  private readonly ids = new Map<string, string>();
  private readonly built = new Map<string, Built>();
  private others = 0;

  constructor(private readonly addLine: (line: TimelineLine) => void) {}

  /** Returns the timeline's name of a deployment. One that the user creates gets the name `yours-N`. */
  readonly nameOf = (id: string): string => {
    const known = [...this.ids].find(([, of]) => of === id)?.[0];
    if (known !== undefined) return known;
    const name = `yours-${++this.others}`;
    this.ids.set(name, id);
    return name;
  };

  /** Resolves when every deployment has its expected state, and at the latest after LIMIT_MS. */
  async play(parts: readonly DemoDeployment[], environment: DemoEnvironment): Promise<StartedDeployment[]> {
    const end = Date.now() + LIMIT_MS;
    await Promise.all(parts.map((part) => this.startOne(part, environment, end)));
    while (Date.now() < end && environment.twin.pendingWebhooks > 0) await sleep(EVERY_MS);
    return parts.flatMap((part) => {
      const id = this.ids.get(part.name);
      return id === undefined ? [] : [{ part, id, built: this.built.get(part.name) ?? null }];
    });
  }

  /** The build of a deployment that the user creates. */
  readonly buildOfOther = async (view: DeploymentView, env: Record<string, string>): Promise<void> =>
    this.runBuild(view.id, env);

  private async startOne(part: DemoDeployment, environment: DemoEnvironment, end: number): Promise<void> {
    if (part.after !== undefined) await this.untilState(part.after, 'ready', environment, end);
    const { id } = environment.twin.createDeployment(part.input, (view, env) => this.runBuild(view.id, env));
    this.ids.set(part.name, id);
    await this.follow(part, id, environment, end);
    await this.untilAtRest(part, id, environment, end);
    if (part.name === BUSY_UNTIL) await environment.busyTemplate.release();
  }

  private async follow(
    { name, followUp, expect }: DemoDeployment,
    id: string,
    environment: DemoEnvironment,
    end: number,
  ): Promise<void> {
    switch (followUp) {
      case undefined:
        return;
      case 'cancel-at-once':
        return void environment.twin.cancel(id);
      case 'cancel-while-waiting':
        if (await this.untilReported(expect.says ?? '', id, environment, end)) environment.twin.cancel(id);
        return;
      case 'delete-when-ready':
        if (await this.untilState(name, 'ready', environment, end)) environment.twin.delete(id);
        return;
      default:
        followUp satisfies never;
    }
  }

  /** Waits until Vercel received a progress text that begins with `words`. */
  private untilReported(words: string, id: string, { twin }: DemoEnvironment, end: number): Promise<boolean> {
    const hasReported = (): boolean =>
      twin
        .deployment(id)
        .actions.some(({ reports }) =>
          reports.some(({ status, statusText }) => status === 'running' && statusText?.startsWith(words)),
        );
    return isInTime(twin.waitFor(hasReported, Math.max(1, end - Date.now())));
  }

  private async untilState(
    name: string,
    state: string,
    { twin }: DemoEnvironment,
    end: number,
  ): Promise<boolean> {
    const is = (): boolean => {
      const id = this.ids.get(name);
      return id !== undefined && twin.deployment(id).state === state;
    };
    return isInTime(twin.waitFor(is, Math.max(1, end - Date.now())));
  }

  /** Waits until deployment and action have their expected states. The checks report other states. */
  private async untilAtRest(
    { expect }: DemoDeployment,
    id: string,
    { twin, operator }: DemoEnvironment,
    end: number,
  ): Promise<void> {
    for (; Date.now() < end; await sleep(EVERY_MS)) {
      if (twin.deployment(id).state !== expect.deployment) continue;
      const actions = await operator.actions(id);
      if (actions.length > 0 && actions.every(({ state }) => state === expect.action)) return;
    }
  }

  private async runBuild(id: string, env: Record<string, string>): Promise<void> {
    // A deployment that waits for no action builds before it has its name here.
    await Promise.resolve();
    const name = this.nameOf(id);
    const built = await build(name, env);
    if (built !== null) this.built.set(name, built);
    this.addLine({ at: Date.now(), of: id, who: 'build', ...messageOfBuild(built) });
  }
}

/** Converts the twin's rejection after the time limit to false. */
function isInTime(wait: Promise<unknown>): Promise<boolean> {
  return wait.then(
    () => true,
    () => false,
  );
}
