import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEPLOYMENTS } from '../../../tools/demo/deployments.js';
import { expectEvents } from '../../support/log.js';
import { expectEveryMetric } from '../../support/docs/metrics.js';
import { eventually } from '../../support/world.js';

const ROOT = resolve(import.meta.dirname, '../../..');
/** Inside the project, so that its packages are found, and apart from `dist`, which other tests build. */
const BUILT = join(ROOT, '.build/demo');
const NAMES = ['DATABASE_URL', 'PGHOST', 'PGPORT', 'PGUSER', 'PGPASSWORD', 'PGDATABASE'];
const RUN_MS = 150_000;
/** A sweep is due each minute, and the schedule is checked twice a minute. */
const SWEEP_MS = 100_000;

/** A run of the compiled demo, with its own folder for temporary files. */
class Run {
  output = '';
  private readonly child: ChildProcess;
  private readonly exited: Promise<unknown[]>;

  private constructor(
    readonly folder: string,
    args: string[],
  ) {
    const env = { ...process.env, TMPDIR: folder };
    const main = join(BUILT, 'tools/demo/main.js');
    this.child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.exited = once(this.child, 'exit');
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
  }

  static async start(...args: string[]): Promise<Run> {
    // Not below TMPDIR, which PostgreSQL's user may be unable to reach.
    const folder = await mkdtemp('/tmp/drawbridge-demo-test-');
    await chmod(folder, 0o755);
    return new Run(folder, args);
  }

  get lines(): string[] {
    return this.output.trimEnd().split('\n');
  }

  /** The addresses of all servers that the output names. */
  get servers(): string[] {
    const found = this.output.matchAll(/(?:at (http:\S+)|port (\d+))/g);
    return [...found].map(([, url, port]) => url ?? `http://127.0.0.1:${port}`);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async exitCode(): Promise<unknown> {
    const [code] = await this.exited;
    return code;
  }

  /** Waits for the pattern in the output and returns its first group. */
  async waitFor(pattern: RegExp): Promise<string> {
    return eventually(() => {
      if (this.child.exitCode !== null) throw new Error(`the demo ended:\n${this.output}`);
      return pattern.exec(this.output)?.[1];
    }, RUN_MS);
  }

  /** Fails when a file or a server is left. */
  async expectNothingLeft(): Promise<void> {
    const left = async (): Promise<string[]> => readdir(this.folder);
    await eventually(async () => (await left()).length === 0).catch(() => undefined);
    expect(await left()).toEqual([]);
    for (const url of this.servers) await expect(fetch(url)).rejects.toThrow('fetch failed');
  }

  async end(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.signal('SIGINT');
      await this.exited;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Returns the addresses of Drawbridge's processes. */
const processesOf = (run: Run): Promise<string[]> =>
  Promise.all(
    ['web', 'worker'].map((role) => run.waitFor(new RegExp(`drawbridge +${role} ready at (http:\\S+)`))),
  );

describe('the demo', () => {
  const runs: Run[] = [];
  const start = async (...args: string[]): Promise<Run> => {
    const run = await Run.start(...args);
    runs.push(run);
    return run;
  };
  beforeAll(async () => {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const args = [tsc, '-p', 'tsconfig.demo.json'];
    await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  }, RUN_MS);
  afterAll(async () => {
    await Promise.all(runs.map((run) => run.end()));
  });

  it(
    'succeeds twice at once, also with one process, stays open for requests until Ctrl-C, and documents every metric and event',
    async () => {
      const json = join((await start('--help')).folder, 'result.json');
      const log = join(dirname(json), 'demo.jsonl');
      const [staying, single] = await Promise.all([
        start('--log', log),
        start('--once', '--single', '--json', json),
      ]);
      const twin = await staying.waitFor(/the Vercel twin {7}(\S+)/);
      const body = JSON.stringify({
        project: 'mine',
        gitRef: 'try-it',
        connections: [{ installationId: 'icfg_demo', resourceId: 'shop-db', actions: ['branch'] }],
      });
      const created = await fetch(`${twin}/deployments`, { method: 'POST', body });
      expect(created.status).toBe(201);
      await staying.waitFor(/(yours-1 +build +finds 90 orders)/);
      await staying.waitFor(/(yours-1 +vercel +READY)/);
      const unknown = new URL('/v13/deployments/dpl_unknown', twin);
      expect((await fetch(unknown, { headers: { authorization: 'Bearer unknown' } })).status).toBe(401);
      await expectEveryMetric(await processesOf(staying));
      staying.signal('SIGINT');
      expect(await staying.exitCode(), staying.output).toBe(0);
      await staying.expectNothingLeft();
      expectEvents(await readFile(log, 'utf8'));

      expect(await single.exitCode(), single.output).toBe(0);
      expect(single.lines.at(-1)).toBe(
        `demo: ${DEPLOYMENTS.length} deployments, ${DEPLOYMENTS.length} as expected`,
      );
      await single.expectNothingLeft();
      const { asExpected, deployments } = JSON.parse(await readFile(json, 'utf8'));
      expect(asExpected).toBe(true);
      const byName = Object.fromEntries(deployments.map((one: { name: string }) => [one.name, one]));
      expect(Object.keys(byName)).toEqual(DEPLOYMENTS.map(({ name }) => name));
      expect(byName['thrice']).toMatchObject({
        id: expect.stringMatching(/^dpl_/),
        asExpected: true,
        env: NAMES,
        actions: [{ action: 'branch', states: ['queued', 'provisioning', 'reporting', 'succeeded'] }],
        durations: { untilUnblocked: expect.any(Number), untilSettled: expect.any(Number) },
      });
      expect(byName['no-template'].actions[0]).toMatchObject({ state: 'failed', reason: 'permanent' });
      expect(byName['overtaken'].actions[0].states).toEqual(['canceling', 'canceled']);
      expect(JSON.stringify(deployments) + single.output).not.toContain('postgresql://');
    },
    RUN_MS + SWEEP_MS,
  );

  it(
    'ends all its processes on Ctrl-C while it starts',
    async () => {
      const run = await start('--once');
      await run.waitFor(/(starting PostgreSQL)/);
      run.signal('SIGINT');
      expect(await run.exitCode()).toBe(130);
      expect(run.output).not.toContain('some parts did not stop');
      await run.expectNothingLeft();
    },
    RUN_MS,
  );

  it(
    'ends all its processes on Ctrl-C while deployments run',
    async () => {
      const run = await start('--once');
      await run.waitFor(/(drawbridge {2}provisioning)/);
      expect(run.servers).not.toEqual([]);
      run.signal('SIGINT');
      expect(await run.exitCode()).toBe(130);
      expect(run.output).not.toContain('some parts did not stop');
      await run.expectNothingLeft();
    },
    RUN_MS,
  );

  it(
    'leaves no server and no file when it is killed',
    async () => {
      const run = await start('--once');
      await run.waitFor(/(drawbridge {2}provisioning)/);
      expect(run.servers).not.toEqual([]);
      run.signal('SIGKILL');
      await run.exitCode();
      await run.expectNothingLeft();
    },
    RUN_MS,
  );

  it(
    'rejects an unknown option, and starts nothing',
    async () => {
      const run = await start('--onse');
      expect(await run.exitCode()).toBe(2);
      expect(run.output).toContain('--onse');
      expect(run.output).toContain('--help');
      await run.expectNothingLeft();
    },
    RUN_MS,
  );
});
