import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Stores Vercel's answers about deployments of successes, the installations in doubt, and resources that
 * moved to another installation. Uses tables of their own, so that the rows and prepared plans of the hot
 * path do not change.
 */
export class DeploymentEvidence1764900000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE deployment_check (
        installation_id text NOT NULL,
        deployment_id   text NOT NULL,
        project_id      text,
        asked_at        timestamptz NOT NULL,
        found_at        timestamptz,
        gone_since      timestamptz,
        gone_times      integer NOT NULL DEFAULT 0 CHECK ((gone_times = 0) = (gone_since IS NULL)),
        released_at     timestamptz,
        PRIMARY KEY (installation_id, deployment_id)
      )`);
    await db.query('CREATE INDEX deployment_check_asked ON deployment_check (asked_at)');
    await db.query(`
      CREATE TABLE deployment_doubt (
        installation_id text PRIMARY KEY REFERENCES installation (id) ON DELETE CASCADE,
        reason          text NOT NULL CHECK (reason IN ('none-found', 'many-gone', 'transferred')),
        gone            integer NOT NULL DEFAULT 0,
        found           integer NOT NULL DEFAULT 0,
        since           timestamptz NOT NULL DEFAULT clock_timestamp(),
        judged_at       timestamptz NOT NULL DEFAULT '-infinity',
        asked_at        timestamptz,
        confirmed_at    timestamptz,
        confirmed_by    text CHECK (confirmed_by ~ '^operator:.+'),
        confirmation    text,
        CHECK (
          (confirmed_at IS NULL) = (confirmed_by IS NULL)
          AND (confirmed_at IS NULL) = (confirmation IS NULL)
        )
      )`);
    await transfers(db);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE resource DROP COLUMN origin');
    await db.query('DROP TABLE resource_transfer, deployment_doubt, deployment_check');
  }
}

/**
 * `origin`: the installation that the identities of the resource's allocations name; null: its present
 * installation. A value never changes.
 */
async function transfers(db: QueryRunner): Promise<void> {
  await db.query('ALTER TABLE resource ADD COLUMN origin text');
  await db.query(`
    CREATE TABLE resource_transfer (
      id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      resource_id text NOT NULL,
      source      text NOT NULL,
      target      text NOT NULL CHECK (target <> source),
      origin      text NOT NULL,
      actor       text NOT NULL CHECK (actor ~ '^operator:.+'),
      actions     integer NOT NULL,
      at          timestamptz NOT NULL DEFAULT clock_timestamp()
    )`);
  await db.query('CREATE INDEX resource_transfer_resource ON resource_transfer (resource_id)');
}
