import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The tables of actions, deliveries and installations. Lists the states and legal changes literally, because
 * a migration never changes later. `test/integration/database/schema.spec.ts` checks the database against
 * TRANSITIONS.
 */
const STATES = `'queued','provisioning','reporting','succeeded','failing','failed','canceling','canceled',
  'releasing','released'`;
const LEGAL_CHANGES = `
  ('none','start','queued'), ('none','cancel','canceling'), ('none','cleanup','releasing'),
  ('queued','begin','provisioning'), ('queued','cancel','canceling'), ('queued','cleanup','releasing'),
  ('queued','fail','failing'), ('queued','release','releasing'),
  ('provisioning','ready','reporting'), ('provisioning','cancel','canceling'),
  ('provisioning','cleanup','releasing'),
  ('provisioning','fail','failing'), ('provisioning','release','releasing'),
  ('reporting','accepted','succeeded'), ('reporting','cancel','canceling'),
  ('reporting','cleanup','releasing'),
  ('reporting','refused','failing'), ('reporting','release','releasing'),
  ('succeeded','cancel','canceling'), ('succeeded','cleanup','releasing'),
  ('succeeded','release','releasing'),
  ('failing','gone','failed'), ('failing','cleanup','releasing'),
  ('failed','retry','queued'), ('failed','cleanup','releasing'),
  ('canceling','gone','canceled'), ('canceling','cleanup','releasing'),
  ('canceled','cleanup','releasing'),
  ('releasing','gone','released')`;

export class Skeleton1764000000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await installationTables(db);
    await deliveryTable(db);
    await actionTables(db);
    await transitionTable(db);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE transition, action, allocation, delivery, resource, installation');
    await db.query('DROP FUNCTION action_guard(), transition_forbid_change(), transition_mark()');
  }
}

async function installationTables(db: QueryRunner): Promise<void> {
  await db.query(`
    CREATE TABLE installation (
      id            text PRIMARY KEY CHECK (id <> ''),
      sealed_token  bytea,
      created_at    timestamptz NOT NULL DEFAULT now(),
      updated_at    timestamptz NOT NULL DEFAULT now(),
      removed_at    timestamptz
    )`);
  await db.query(`
    CREATE TABLE resource (
      installation_id text NOT NULL REFERENCES installation (id) ON DELETE CASCADE,
      id              text NOT NULL CHECK (id <> ''),
      product_id      text NOT NULL,
      name            text NOT NULL,
      settings        jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
      created_at      timestamptz NOT NULL DEFAULT now(),
      updated_at      timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (installation_id, id)
    )`);
}

async function deliveryTable(db: QueryRunner): Promise<void> {
  await db.query(`
    CREATE TABLE delivery (
      id               uuid PRIMARY KEY,
      event_id         text NOT NULL UNIQUE,
      type             text NOT NULL,
      result           text NOT NULL CHECK (result IN ('recorded', 'ignored')),
      installation_id  text,
      deployment_id    text,
      resource_id      text,
      action           text,
      body             text NOT NULL,
      times            integer NOT NULL DEFAULT 1 CHECK (times > 0),
      event_created_at timestamptz NOT NULL,
      received_at      timestamptz NOT NULL DEFAULT now(),
      last_received_at timestamptz NOT NULL DEFAULT now()
    )`);
  await db.query(
    'CREATE INDEX delivery_deployment ON delivery (deployment_id) WHERE deployment_id IS NOT NULL',
  );
  await db.query('CREATE INDEX delivery_received ON delivery (received_at, id)');
}

async function actionTables(db: QueryRunner): Promise<void> {
  await db.query(`
    CREATE TABLE allocation (
      id          uuid PRIMARY KEY,
      identity    text NOT NULL,
      generation  integer NOT NULL CHECK (generation > 0),
      key         text NOT NULL UNIQUE CHECK (key ~ '^[a-z0-9-]{1,63}$'),
      state       text NOT NULL CHECK (state IN ('open', 'closing', 'closed')),
      handle      jsonb,
      sealed_seed bytea,
      created_at  timestamptz NOT NULL DEFAULT now(),
      updated_at  timestamptz NOT NULL DEFAULT now(),
      closed_at   timestamptz,
      UNIQUE (identity, generation),
      CONSTRAINT allocation_seed_erased CHECK ((state = 'closed') = (sealed_seed IS NULL)),
      CONSTRAINT allocation_closed_at CHECK ((state = 'closed') = (closed_at IS NOT NULL))
    )`);
  await db.query(`CREATE UNIQUE INDEX allocation_one_open ON allocation (identity) WHERE state = 'open'`);
  await db.query(`
    CREATE TABLE action (
      id              uuid PRIMARY KEY,
      installation_id text NOT NULL CHECK (installation_id <> ''),
      deployment_id   text NOT NULL CHECK (deployment_id <> ''),
      resource_id     text NOT NULL CHECK (resource_id <> ''),
      action          text NOT NULL CHECK (action <> ''),
      state           text NOT NULL CHECK (state IN (${STATES})),
      outcome         text CHECK (outcome IN ('succeeded', 'failed', 'canceled')),
      reason          text,
      status_text     text,
      attempt         integer NOT NULL DEFAULT 0,
      handed_back     integer NOT NULL DEFAULT 0,
      hold            text CHECK (hold IN ('holds', 'closes')),
      allocation_id   uuid REFERENCES allocation (id),
      call_until      timestamptz,
      stray_until     timestamptz,
      deadline_at     timestamptz,
      deployment_url  text,
      project_id      text,
      project_name    text,
      target          text,
      git_ref         text,
      git_sha         text,
      pull_request    integer,
      created_at      timestamptz NOT NULL DEFAULT now(),
      updated_at      timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT action_operation UNIQUE (installation_id, deployment_id, resource_id, action),
      CONSTRAINT action_hold_has_allocation CHECK (hold IS NULL OR allocation_id IS NOT NULL),
      CONSTRAINT action_succeeded_owns CHECK (
        CASE
          WHEN state IN ('provisioning', 'reporting', 'succeeded') THEN hold IS NOT DISTINCT FROM 'holds'
          WHEN state IN ('queued', 'failed', 'canceled', 'released') THEN hold IS NULL
          ELSE true
        END),
      CONSTRAINT action_outcome CHECK (
        CASE state
          WHEN 'succeeded' THEN outcome IS NOT DISTINCT FROM 'succeeded'
          WHEN 'failed' THEN outcome IS NOT DISTINCT FROM 'failed'
          WHEN 'canceled' THEN outcome IS NOT DISTINCT FROM 'canceled'
          ELSE true
        END)
    )`);
  await db.query('CREATE INDEX action_created ON action (created_at, id)');
  await db.query('CREATE INDEX action_state ON action (state, created_at, id)');
  await db.query('CREATE INDEX action_deployment ON action (deployment_id)');
  await db.query('CREATE INDEX action_allocation ON action (allocation_id) WHERE allocation_id IS NOT NULL');
  await guardStateChanges(db);
}

async function guardStateChanges(db: QueryRunner): Promise<void> {
  await db.query(`
    CREATE FUNCTION action_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('queued', 'canceling', 'releasing') THEN
          RAISE EXCEPTION 'action: no action begins in %', NEW.state USING ERRCODE = 'check_violation';
        END IF;
      ELSIF NOT EXISTS (
        SELECT FROM (VALUES ${LEGAL_CHANGES}) AS legal (from_state, event, to_state)
        WHERE from_state = OLD.state AND to_state = NEW.state
      ) THEN
        RAISE EXCEPTION 'action %: % never becomes %', OLD.id, OLD.state, NEW.state
          USING ERRCODE = 'check_violation';
      END IF;
      RETURN NEW;
    END $$`);
  await db.query(`
    CREATE TRIGGER action_guard_insert BEFORE INSERT ON action
    FOR EACH ROW EXECUTE FUNCTION action_guard()`);
  await db.query(`
    CREATE TRIGGER action_guard_update BEFORE UPDATE OF state ON action
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION action_guard()`);
}

async function transitionTable(db: QueryRunner): Promise<void> {
  await db.query(`
    CREATE TABLE transition (
      id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      action_id   uuid NOT NULL REFERENCES action (id),
      event       text NOT NULL,
      from_state  text NOT NULL,
      to_state    text NOT NULL,
      actor       text NOT NULL CHECK (actor IN ('vercel', 'worker', 'sweeper') OR actor ~ '^operator:.+'),
      reason      text,
      delivery_id uuid REFERENCES delivery (id),
      at          timestamptz NOT NULL DEFAULT clock_timestamp(),
      CONSTRAINT transition_legal CHECK ((from_state, event, to_state) IN (${LEGAL_CHANGES}))
    )`);
  await db.query('CREATE INDEX transition_action ON transition (action_id, id)');
  await db.query(
    'CREATE INDEX transition_delivery ON transition (delivery_id) WHERE delivery_id IS NOT NULL',
  );
  await db.query(`
    CREATE FUNCTION transition_forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'transition: the audit is append-only, % is forbidden', TG_OP
        USING ERRCODE = 'restrict_violation';
    END $$`);
  await db.query(`
    CREATE TRIGGER transition_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transition
    FOR EACH STATEMENT EXECUTE FUNCTION transition_forbid_change()`);
  await markFeed(db);
}

/**
 * Makes the audit feed safe to read by id. Ids are drawn before the commit, so a reader could skip the row of
 * a slower transaction. Each inserting statement therefore holds a mark until its commit: a shared advisory
 * lock with the last id drawn before its own. The feed stops at the lowest mark. See docs/decisions/0004. 68
 * is the class of these locks; the mark is the id modulo 2^31.
 */
async function markFeed(db: QueryRunner): Promise<void> {
  await db.query(`
    CREATE FUNCTION transition_mark() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock_shared(68,
        ((SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM transition_id_seq)
          % 2147483648)::integer);
      RETURN NULL;
    END $$`);
  await db.query(`
    CREATE TRIGGER transition_mark BEFORE INSERT ON transition
    FOR EACH STATEMENT EXECUTE FUNCTION transition_mark()`);
}
