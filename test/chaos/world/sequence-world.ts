/**
 * A sequence of four steps on real processes and a real server, and the points at which a test can hold a
 * deployment.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { inject, type TestContext } from 'vitest';
import { eventually } from '../../support/world.js';
import type { ProvisionCall } from './backend.js';
import { CrashWorld, query } from './crash-world.js';

/** A point at which a deployment is held. The git ref names the deployment, and is part of its key. */
export interface Hold {
  /** Resolves when the worker has reached the point. */
  reached(): Promise<unknown>;
  release(): Promise<void>;
}

export type Kind = 'record' | 'starts' | 'verdict' | 'reported';

/** A branch, SQL on the branch, a thing, and another thing that gets the first thing's token. */
const stepsOf = (at: { backend: string; server: string; template: string; home: string }) => [
  { name: 'branch', provisioner: 'postgres-branch', config: { admin: at.server, template: at.template } },
  {
    name: 'sql',
    provisioner: 'postgres-sql',
    config: { url: '${steps.branch.secrets.DATABASE_URL}', folder: join(at.home, 'sql') },
  },
  { name: 'thing', provisioner: 'remote-thing', config: { url: at.backend } },
  {
    name: 'last',
    provisioner: 'remote-thing',
    config: { url: at.backend, note: '${steps.thing.secrets.THING_TOKEN}' },
    expose: [],
  },
];

/** The second file waits while the role `gate` exists, in databases whose git ref ends with `in-sql`. */
const FILES = {
  '1.sql': `create table log (n serial, what text); insert into log (what) values ('first');`,
  '2.sql': `do $$ begin
      while current_database() like '%-in-sql-%' and exists (select from pg_roles where rolname = 'gate') loop
        perform pg_sleep(0.02);
      end loop;
    end $$;
    insert into log (what) values ('second');`,
};

/**
 * Triggers that block a write of the core by an advisory lock of the test. `record` blocks the answer of a
 * step, which is then never recorded; `starts` blocks the announcement of the next call, after the answer was
 * recorded; `verdict` and `reported` block the writes that follow.
 */
const GATES = `
  CREATE TABLE gate (git_ref text, kind text, done int, lock bigint);
  CREATE FUNCTION steps_done(handle jsonb) RETURNS bigint LANGUAGE sql AS
    $$ SELECT count(*) FROM jsonb_each(handle->'steps') s WHERE s.value ? 'done' $$;
  CREATE FUNCTION hold(which text, ref text, n bigint) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE found_lock bigint := (SELECT lock FROM gate WHERE git_ref = ref AND kind = which AND done = n);
    BEGIN IF found_lock IS NOT NULL THEN PERFORM pg_advisory_xact_lock(found_lock); END IF; END $$;
  CREATE FUNCTION hold_action() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE n bigint := (SELECT steps_done(handle) FROM allocation WHERE id = NEW.allocation_id);
    BEGIN
      IF OLD.call_until IS NULL AND NEW.call_until IS NOT NULL
        THEN PERFORM hold('starts', NEW.git_ref, n); END IF;
      IF OLD.state = 'provisioning' AND NEW.state = 'reporting'
        THEN PERFORM hold('verdict', NEW.git_ref, n); END IF;
      IF OLD.state = 'reporting' AND NEW.state = 'succeeded'
        THEN PERFORM hold('reported', NEW.git_ref, n); END IF;
      RETURN NEW;
    END $$;
  CREATE FUNCTION hold_allocation() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE n bigint := steps_done(NEW.handle);
    BEGIN
      IF n > steps_done(OLD.handle) THEN
        PERFORM hold('record', (SELECT max(git_ref) FROM action WHERE allocation_id = NEW.id), n);
      END IF;
      RETURN NEW;
    END $$;
  CREATE TRIGGER hold_action BEFORE UPDATE ON action FOR EACH ROW EXECUTE FUNCTION hold_action();
  CREATE TRIGGER hold_allocation BEFORE UPDATE ON allocation FOR EACH ROW EXECUTE FUNCTION hold_allocation()`;

export class SequenceWorld {
  private locks = 0;
  private readonly held: { matches(call: ProvisionCall): boolean; seen(call: ProvisionCall): void }[] = [];

  private constructor(
    readonly crash: CrashWorld,
    private readonly server: string,
    private readonly template: string,
  ) {
    crash.backend.onProvision = (call) => {
      const hold = this.held.find((one) => one.matches(call));
      if (hold) hold.seen(call);
      else call.ready();
    };
  }

  static async create(context: Pick<TestContext, 'onTestFinished' | 'onTestFailed'>): Promise<SequenceWorld> {
    let template = '';
    const crash = await CrashWorld.create(context, {
      actions: (at) => {
        template = at.template;
        mkdirSync(join(at.home, 'sql'));
        for (const [name, text] of Object.entries(FILES)) writeFileSync(join(at.home, 'sql', name), text);
        return {
          all: { name: 'All', provisioner: 'sequence', scope: 'git-branch', config: { steps: stepsOf(at) } },
        };
      },
    });
    await crash.sql(GATES);
    return new SequenceWorld(crash, inject('postgresUrl'), template);
  }

  /** The allocation's key of a git ref. */
  async keyOf(gitRef: string): Promise<string> {
    const rows = await this.crash.sql<{ key: string }>(
      'SELECT key FROM allocation WHERE id = (SELECT max(allocation_id::text)::uuid FROM action ' +
        'WHERE git_ref = $1)',
      [gitRef],
    );
    return rows[0]?.key ?? '';
  }

  /** Blocks a write of the core after `done` steps. The killed worker loses the blocked write. */
  async holdWrite(gitRef: string, kind: Kind, done: number): Promise<Hold> {
    const lock = 770_000 + ++this.locks;
    const client = new pg.Client({ connectionString: this.crash.database.url });
    await client.connect();
    await client.query('SELECT pg_advisory_lock($1)', [lock]);
    await this.crash.sql('INSERT INTO gate VALUES ($1, $2, $3, $4)', [gitRef, kind, done, lock]);
    const waiting = `SELECT pid FROM pg_locks
      WHERE locktype = 'advisory' AND NOT granted AND objid = ${lock}`;
    return {
      reached: () => eventually(async () => (await this.crash.sql(waiting)).length > 0),
      release: async () => {
        await this.crash.sql('DELETE FROM gate WHERE lock = $1', [lock]);
        await this.crash.sql(`SELECT pg_terminate_backend(pid) FROM (${waiting}) w`);
        await client.end();
      },
    };
  }

  /** Blocks the copy of the template by a connection to the template. */
  async holdCopy(gitRef: string): Promise<Hold> {
    const url = new URL(this.server);
    url.pathname = `/${this.template}`;
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    const copying =
      `SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'create database ` +
      `"${this.crash.project}-${gitRef}-%'`;
    return {
      reached: () => eventually(async () => (await query(this.server, copying)).length > 0),
      release: () => client.end(),
    };
  }

  /** Blocks the second file of a git ref that ends with `in-sql`. */
  async holdSql(gitRef: string): Promise<Hold> {
    await query(
      this.server,
      `DO $$ BEGIN CREATE ROLE gate; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    );
    const running =
      `SELECT FROM pg_stat_activity WHERE state = 'active' AND starts_with(datname, ` +
      `'${this.crash.project}-${gitRef}-') AND query LIKE 'do %'`;
    return {
      reached: () => eventually(async () => (await query(this.server, running)).length > 0),
      release: async () => void (await query(this.server, 'DROP ROLE IF EXISTS gate')),
    };
  }

  /** Leaves call `number` for a thing of this git ref without an answer; `lands`: the call takes effect. */
  holdThing(gitRef: string, step: 'thing' | 'last', { lands = false, number = 1 } = {}): Hold {
    let seen = 0;
    let there = false;
    const hold = {
      matches: ({ key }: ProvisionCall) =>
        key.startsWith(`${this.crash.project}-${gitRef}-`) &&
        key.endsWith('-last') === (step === 'last') &&
        ++seen === number,
      seen: (call: ProvisionCall) => {
        there = true;
        if (lands) call.land();
      },
    };
    this.held.push(hold);
    return { reached: () => eventually(() => there), release: async () => undefined };
  }

  /** Blocks the deprovisioning of this git ref's last thing. */
  holdRemoval(gitRef: string): Hold {
    const { promise, resolve } = Promise.withResolvers<void>();
    let there = false;
    this.crash.backend.onDeprovision = (key) => {
      if (!key.startsWith(`${this.crash.project}-${gitRef}-`) || !key.endsWith('-last')) return;
      there = true;
      return promise;
    };
    return { reached: () => eventually(() => there), release: async () => resolve() };
  }

  /** Blocks all changes of this git ref's branch. */
  async holdBranch(gitRef: string): Promise<Hold> {
    const client = new pg.Client({ connectionString: this.server });
    await client.connect();
    await client.query(`BEGIN; ALTER ROLE "${await this.keyOf(gitRef)}" VALID UNTIL 'infinity'`);
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const waiting = `SELECT FROM pg_stat_activity WHERE ${rows[0]?.pid} = ANY (pg_blocking_pids(pid))`;
    return {
      reached: () => eventually(async () => (await query(this.server, waiting)).length > 0),
      release: () => client.end(),
    };
  }
}
