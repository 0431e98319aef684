/** A Drawbridge under a steady load of webhooks, with a database role that the server may refuse. */
import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, type TestContext } from 'vitest';
import { eventually, INSTALLATION, RESOURCE, SECRET, WAIT_MS } from '../../support/world.js';
import { CrashingCluster } from './cluster.js';
import { CrashWorld, query } from './crash-world.js';

const EVERY_MS = 50;
/** The time in which all processes notice the beginning or end of an outage. */
export const NOTICED_MS = 1_500;
/** The time in which everything recovers: a promise of docs/operations.md. */
const WELL_MS = 5_000;
const ROLE = 'drawbridge_app';
const PASSWORD = 'the-password-before';

interface Sent {
  id: string;
  at: number;
  /** The time of the answer. */
  answeredAt: number;
  status: number;
  retryAfter: string | null;
}

interface Probed {
  at: number;
  answeredAt: number;
  roles: string;
  status: number;
  message: string | undefined;
}

/** How the database becomes unavailable and available again, and how `/readyz` describes the failure. */
export interface Fault {
  begin: (of: OutageWorld) => Promise<void>;
  end: (of: OutageWorld) => Promise<void>;
  message: RegExp;
}

export class OutageWorld {
  readonly sent: Sent[] = [];
  readonly probed: Probed[] = [];
  private readonly stopped = new AbortController();
  private readonly busy: Promise<void>[] = [];
  private timing = '';

  private constructor(
    readonly cluster: CrashingCluster,
    readonly crash: CrashWorld,
  ) {}

  static async create(context: TestContext): Promise<OutageWorld> {
    const cluster = await CrashingCluster.start();
    context.onTestFinished(() => cluster.stop());
    await query(cluster.url, `CREATE ROLE ${ROLE} LOGIN CREATEDB PASSWORD '${PASSWORD}'`);
    const server = new URL(cluster.url);
    [server.username, server.password] = [ROLE, PASSWORD];
    const env = { LOG_LEVEL: 'warn' };
    const crash = await CrashWorld.create(context, { server: server.href, env });
    await crash.startAll('web', 'worker');
    const world = new OutageWorld(cluster, crash);
    context.onTestFinished(() => world.stop());
    world.busy.push(world.send(), ...crash.processes.map((process) => world.probe(process)));
    return world;
  }

  get database(): string {
    return this.crash.database.name;
  }

  /** Runs a statement as superuser, so no fault affects it. */
  admin(statement: string): Promise<{ event_id: string }[]> {
    return query(this.cluster.url, statement);
  }

  async alterRole(what: string): Promise<void> {
    await this.admin(`ALTER ROLE ${ROLE} ${what}`);
  }

  async alterDatabase(what: string): Promise<void> {
    await this.admin(`ALTER DATABASE ${this.database} ${what}`);
  }

  async connect(verb: 'GRANT' | 'REVOKE'): Promise<void> {
    const whom = verb === 'GRANT' ? `TO ${ROLE}` : `FROM ${ROLE}, PUBLIC`;
    await this.admin(`${verb} CONNECT ON DATABASE ${this.database} ${whom}`);
  }

  async endSessions(): Promise<void> {
    await this.admin(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${ROLE}'`);
  }

  async changePassword(to: 'another' | 'the one before'): Promise<void> {
    await this.alterRole(`PASSWORD '${to === 'another' ? 'the-password-after' : PASSWORD}'`);
  }

  /** Causes one outage of `seconds`, and checks the behaviour before, during and after it. */
  async causeOutage({ begin, end, message }: Fault, seconds: number): Promise<void> {
    const { backend, twin } = this.crash;
    backend.onProvision = (call) => call.pending('in the making', 200);
    const { id } = this.crash.deploy('thing');
    await eventually(() => backend.callsFor(id).length > 1);
    const begun = performance.now();
    await begin(this);
    await sleep(seconds * 1_000);
    const ending = performance.now();
    await end(this);
    const ended = performance.now();
    await eventually(() => this.sent.some(({ at, status }) => at > ended && status === 202));
    await eventually(() => backend.callsFor(id).some(({ at }) => at > ended));
    const resumed = backend.callsFor(id).find(({ at }) => at > ended);
    backend.onProvision = (call) => call.ready();
    await sleep(Math.max(0, ended + WELL_MS - performance.now()));
    await eventually(() => this.seenSince(ended + WELL_MS));
    this.expectRefused(begun, ending, message);
    this.expectWell(ended);
    const calls = backend.provisions.filter(({ at }) => at > begun + NOTICED_MS && at < ending);
    expect(calls.length, 'provisioner calls that could not be recorded').toBe(0);
    expect((resumed?.at ?? Infinity) - ended, 'ms until work continued').toBeLessThan(WELL_MS);
    expect((await twin.waitFor(id, WAIT_MS)).state).toBe('ready');
    await this.expectNothingLost();
    this.timing = this.timingOf(begun, ended);
  }

  private timingOf(begun: number, ended: number): string {
    const first = this.sent.find(({ at, status }) => at > ended && status === 202);
    const during = this.sent.filter(({ at, answeredAt }) => at > begun && answeredAt < ended);
    const counts = [...Map.groupBy(during, ({ status }) => status)].map(
      ([status, all]) => `${all.length} x ${status}`,
    );
    const last = during.findLast(({ status }) => status === 202)?.answeredAt ?? begun;
    const ms = (from: number, to: number | undefined): number => Math.round((to ?? Infinity) - from);
    return (
      `meanwhile ${counts.join(', ')}; last 202 after ${ms(begun, last)} ms; 202 again after ` +
      `${ms(ended, first?.answeredAt)} ms`
    );
  }

  /** The timing of the last outage, for people. */
  summary(): string {
    return this.timing;
  }

  /**
   * Expects one log line at once and one each ten seconds instead of one for each request, without stacks.
   */
  expectFewLines(seconds: number): void {
    for (const { roles, output } of this.crash.processes) {
      const lines = output()
        .split('\n')
        .filter((line) => line.startsWith('{'));
      const outages = lines.filter((line) => line.includes('"event":"database-refuses"'));
      expect(outages.length, roles).toBeGreaterThan(0);
      expect(outages.length, output()).toBeLessThanOrEqual(seconds / 5 + 2);
      expect(
        lines.filter((line) => line.includes('"stack"')),
        roles,
      ).toEqual([]);
      expect(
        lines.filter((line) => line.includes('"event":"request-')),
        roles,
      ).toEqual([]);
    }
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await Promise.all(this.busy);
  }

  private expectRefused(begun: number, ending: number, message: RegExp): void {
    const meanwhile = <One extends { at: number; answeredAt: number }>(all: One[]): One[] =>
      all.filter(({ at, answeredAt }) => at > begun + NOTICED_MS && answeredAt < ending);
    const refused = meanwhile(this.sent);
    expect(refused.length).toBeGreaterThan(10);
    expect(new Set(refused.map(({ status }) => status)), 'answers meanwhile').toEqual(new Set([503]));
    expect(refused.every(({ retryAfter }) => Number(retryAfter) > 0)).toBe(true);
    expect(new Set(this.sent.map(({ status }) => status))).toEqual(new Set([202, 503]));
    const unready = meanwhile(this.probed);
    expect(new Set(unready.map(({ roles, status }) => `${roles} ${status}`))).toEqual(
      new Set(['web 503', 'worker 503']),
    );
    for (const { message: said } of unready) expect(said).toMatch(message);
  }

  /** True when enough requests were sent since `time` for a judgement, on a slow machine as well. */
  private seenSince(time: number): boolean {
    const probed = this.probed.filter(({ at }) => at > time);
    return (
      this.sent.filter(({ at }) => at > time).length > 5 && new Set(probed.map(({ roles }) => roles)).size > 1
    );
  }

  private expectWell(ended: number): void {
    const first = this.sent.find(({ at, status }) => at > ended && status === 202);
    expect((first?.answeredAt ?? Infinity) - ended, 'ms until 202').toBeLessThan(WELL_MS);
    const after = <One extends { at: number }>(all: One[]): One[] =>
      all.filter(({ at }) => at > ended + WELL_MS);
    expect(new Set(after(this.sent).map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(after(this.probed).map(({ status }) => status))).toEqual(new Set([200]));
  }

  private async expectNothingLost(): Promise<void> {
    const accepted = this.sent.filter(({ status }) => status === 202);
    const rows = await query<{ event_id: string }>(this.crash.database.url, 'SELECT event_id FROM delivery');
    const known = new Set(rows.map(({ event_id: id }) => id));
    expect(accepted.filter(({ id }) => !known.has(id))).toEqual([]);
  }

  private async send(): Promise<void> {
    const [{ url } = { url: '' }] = this.crash.processes.filter(({ roles }) => roles === 'web');
    const open = new Set<Promise<unknown>>();
    while (!this.stopped.signal.aborted) {
      const one = this.post(`${url}/webhooks/vercel`).finally(() => open.delete(one));
      open.add(one);
      await sleep(EVERY_MS);
    }
    await Promise.all(open);
  }

  private async post(url: string): Promise<void> {
    const id = `evt_${randomUUID()}`;
    const payload = {
      installationId: INSTALLATION,
      resourceId: RESOURCE,
      action: 'thing',
      deployment: { id: `dpl_${randomUUID()}` },
    };
    const type = 'deployment.integration.action.start';
    const body = JSON.stringify({ id, type, createdAt: Date.now(), region: 'iad1', payload });
    const signature = createHmac('sha1', SECRET).update(body).digest('hex');
    const headers = { 'content-type': 'application/json', 'x-vercel-signature': signature };
    const at = performance.now();
    const answer = await fetch(url, { method: 'POST', body, headers });
    await answer.text();
    const retryAfter = answer.headers.get('retry-after');
    this.sent.push({ id, at, answeredAt: performance.now(), status: answer.status, retryAfter });
  }

  private async probe({ url, roles }: { url: string; roles: string }): Promise<void> {
    while (!this.stopped.signal.aborted) {
      const at = performance.now();
      const answer = await fetch(`${url}/readyz`);
      const body = (await answer.json()) as { error?: { database?: { message?: string } } };
      const { status } = answer;
      const answeredAt = performance.now();
      this.probed.push({ at, answeredAt, roles, status, message: body.error?.database?.message });
      await sleep(200);
    }
  }
}
