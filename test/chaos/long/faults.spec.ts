import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, it } from 'vitest';
import { mulberry32, type Faults } from '../../../src/twin/faults.js';
import type { DrawbridgeProcess } from '../../support/processes.js';
import type { ProvisionCall } from '../world/backend.js';
import { CrashWorld, readBranch } from '../world/crash-world.js';
import { expectSound } from '../world/soundness.js';

const { seconds, seed } = inject('chaos');

const FAULTS: Faults = {
  seed,
  webhooks: {
    duplicate: { probability: 0.1, times: 3 },
    reorder: { probability: 0.1, windowMs: 2_000 },
    delay: { probability: 0.1, ms: 800 },
    drop: { probability: 0.1, attempts: 2 },
  },
  api: {
    slow: { probability: 0.1, ms: 400 },
    reset: { probability: 0.05 },
    status429: { probability: 0.05, retryAfterSeconds: 1 },
    status5xx: { probability: 0.05 },
    executeThenReset: { probability: 0.05 },
    executeThenTimeout: { probability: 0.03 },
  },
};

/** The states in which an action may end, by the state of its deployment. */
const ENDS: Record<string, string[]> = {
  ready: ['succeeded'],
  error: ['failed'],
  canceled: ['canceled', 'failed'],
  deleted: ['released'],
};

it(`${seconds} s of random faults, cancels, deletes and crashes (seed ${seed}) leave every action and object in its right state`, async (context) => {
  console.log(`chaos: ${seconds} s, seed ${seed}`);
  const run = new FaultRun(await CrashWorld.create(context), mulberry32(seed));
  await run.runFor(seconds * 1_000);
  await run.expectSound();
  console.log(run.summary());
});

/**
 * Three slots whose processes start and end, and a stream of deployments. The same seed makes the same plan,
 * but not the same run.
 */
class FaultRun {
  private readonly slots: { roles: 'web' | 'worker'; process: DrawbridgeProcess | null }[] = [
    { roles: 'web', process: null },
    { roles: 'worker', process: null },
    { roles: 'worker', process: null },
  ];
  private readonly deployments: string[] = [];
  private readonly background: Promise<void>[] = [];
  private readonly counts = { killed: 0, stopped: 0, paused: 0, canceled: 0, deleted: 0 };

  constructor(
    private readonly world: CrashWorld,
    private readonly random: () => number,
  ) {}

  async runFor(ms: number): Promise<void> {
    this.world.backend.onProvision = (call) => this.provide(call);
    await Promise.all(this.slots.map((slot) => this.restart(slot)));
    this.world.twin.setFaults(FAULTS);
    const end = Date.now() + ms;
    await Promise.all([this.deployUntil(end), this.crashUntil(end)]);
    await Promise.all(this.background);
    this.world.twin.setFaults({});
    await this.world.untilQuiet(240_000);
  }

  async expectSound(): Promise<void> {
    for (const id of this.deployments) {
      const { state } = this.world.twin.deployment(id);
      const action = await this.world.action(id);
      expect(ENDS[state], `${id} is ${state}, its action ${action?.state}`).toContain(action?.state);
    }
    await expectSound(this.world);
  }

  summary(): string {
    return `chaos: ${this.deployments.length} deployments, ${JSON.stringify(this.counts)}`;
  }

  private async deployUntil(end: number): Promise<void> {
    while (Date.now() < end) {
      const { id } =
        this.random() < 0.6
          ? this.world.deploy('branch', { gitRef: `ref-${Math.floor(this.random() * 6)}`, build: readBranch })
          : this.world.deploy('thing');
      this.deployments.push(id);
      this.background.push(this.follow(id, this.random(), this.random()));
      await sleep(200 + this.random() * 500);
    }
  }

  private async follow(id: string, dice: number, when: number): Promise<void> {
    if (dice < 0.25) {
      await sleep(when * 3_000);
      if (!['waiting', 'building'].includes(this.world.twin.deployment(id).state)) return;
      this.world.twin.cancel(id);
      this.counts.canceled++;
      return;
    }
    if (dice > 0.6) return;
    await sleep(when * 8_000);
    this.world.twin.delete(id);
    this.counts.deleted++;
  }

  private async crashUntil(end: number): Promise<void> {
    while (Date.now() < end) {
      await sleep(1_000 + this.random() * 3_000);
      const slot = this.slots[Math.floor(this.random() * this.slots.length)];
      if (slot?.process) await this.injectFault(slot, slot.process);
    }
  }

  private async injectFault(slot: (typeof this.slots)[number], process: DrawbridgeProcess): Promise<void> {
    const dice = this.random();
    if (dice < 0.2 && slot.roles === 'worker') {
      this.counts.paused++;
      this.background.push(this.pauseFor(slot, process, 1_000 + this.random() * 20_000));
      return;
    }
    this.counts[dice < 0.4 ? 'stopped' : 'killed']++;
    slot.process = null;
    const ended = dice < 0.4 ? process.stop() : process.kill();
    this.background.push(ended.then(() => sleep(this.random() * 1_500)).then(() => this.restart(slot)));
  }

  /** Pauses a process for `ms`. The slot is empty meanwhile, so no other fault hits the process. */
  private async pauseFor(
    slot: (typeof this.slots)[number],
    process: DrawbridgeProcess,
    ms: number,
  ): Promise<void> {
    slot.process = null;
    process.pause();
    await sleep(ms);
    process.wake();
    slot.process = process;
  }

  private async restart(slot: (typeof this.slots)[number]): Promise<void> {
    slot.process = await this.world.start(slot.roles);
  }

  /**
   * Answers at once, slowly, in steps, or when the caller may have ended. Each answer comes within the time
   * limit of a call.
   */
  private provide(call: ProvisionCall): void {
    const dice = this.random();
    const ms = this.random() * 20_000;
    if (dice < 0.4) call.ready();
    else if (dice < 0.6) call.pending(`step ${Math.floor(dice * 50)}`, 100 + ms / 5);
    else if (dice < 0.8) setTimeout(() => call.ready(), ms / 5);
    else setTimeout(() => call.ready(), ms);
  }
}
