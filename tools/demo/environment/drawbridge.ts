import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { DemoFolder } from './demo-folder.js';

const MAIN = fileURLToPath(new URL('../../../src/main.js', import.meta.url));
const BOOT_MS = 90_000;
const STOP_MS = 20_000;
const KEPT_LINES = 40;

/** A process of Drawbridge: `src/main.js` with an environment, as in production. */
export class Drawbridge {
  private readonly tail: string[] = [];
  private stopping = false;
  private readonly ended: Promise<unknown>;

  private constructor(
    readonly roles: string,
    private readonly child: ChildProcess,
  ) {
    this.ended = once(child, 'exit').catch((error: unknown) => this.keep(String(error)));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.keep(text));
    }
  }

  /**
   * Starts a process with a session of its own: Ctrl-C reaches only the demo, which then stops its parts in
   * order.
   */
  static start(
    roles: string,
    env: Record<string, string>,
    folder: DemoFolder,
    log: WriteStream | null = null,
  ): Drawbridge {
    const child = spawn(process.execPath, [MAIN], {
      cwd: folder.path,
      env: { ...env, ROLES: roles },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (child.pid !== undefined) folder.endWithDemo(child.pid);
    if (log !== null) {
      createInterface(child.stdout).on('line', (line) => log.writableEnded || log.write(`${line}\n`));
    }
    return new Drawbridge(roles, child);
  }

  /** The URL of the process; resolves once the process listens. */
  async address(): Promise<string> {
    for (const limit = Date.now() + BOOT_MS; Date.now() < limit;) {
      const found = /^drawbridge: .* at (http:\S+)$/m.exec(this.tail.join('\n'))?.[1];
      if (found !== undefined) return found;
      await Promise.race([this.failure(), once(this.child.stderr ?? this.child, 'data'), pause(1_000)]);
    }
    throw new Error(`demo: drawbridge (${this.roles}) does not listen:\n${this.tail.join('\n')}`);
  }

  /** Rejects when the process ends without a call of `stop`. */
  async failure(): Promise<never> {
    await this.ended;
    if (this.stopping) return new Promise<never>(() => undefined);
    const how = this.child.signalCode ?? `exit code ${this.child.exitCode}`;
    throw new Error(`demo: drawbridge (${this.roles}) ended with ${how}:\n${this.tail.join('\n')}`);
  }

  /** Rejects when the process had to be killed. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    await this.ended;
    clearTimeout(timer);
    if (this.child.signalCode !== 'SIGKILL') return;
    throw new Error(
      `demo: drawbridge (${this.roles}) did not end within ${STOP_MS} ms:\n${this.tail.join('\n')}`,
    );
  }

  private keep(text: string): void {
    this.tail.push(...text.trimEnd().split('\n'));
    this.tail.splice(0, this.tail.length - KEPT_LINES);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
