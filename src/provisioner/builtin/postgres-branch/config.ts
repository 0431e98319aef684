import { z } from 'zod';
import { rejectUnknownKeys } from '../config-keys.js';

/** No issue repeats the value: the URL contains a password. */
const adminUrl = z
  .string({ error: 'must be a Postgres URL such as postgresql://user:password@host:port/postgres' })
  .refine(isPostgresUrl, {
    error: 'must be a Postgres URL such as postgresql://user:password@host:port/postgres',
  });

const publicAddress = z
  .string({ error: 'must be host:port, such as db.example.com:5432' })
  .refine((text) => parseAddress(text) !== null, {
    error: 'must be host:port, such as db.example.com:5432',
  });

const TEMPLATES = 'must be a list of database names; * matches any characters';

const shape = {
  /**
   * URL of a role that may create databases and roles. Not that of a transaction pooler: it loses session
   * locks.
   */
  admin: adminUrl,
  /** The database to copy, unless a resource chooses another. */
  template: z
    .string({ error: 'must be the name of a database' })
    .min(1, 'must be the name of a database')
    .optional(),
  /**
   * The templates that a resource may choose if the action's `options` contain `template`; `*` matches any
   * characters.
   */
  templates: z.array(z.string({ error: TEMPLATES }).min(1, TEMPLATES), { error: TEMPLATES }).optional(),
  /** `host:port` at which deployments reach the server. Default: that of the admin URL. */
  public: publicAddress.optional(),
  /**
   * How the server copies; default: the server's. `file_copy` with `file_copy_method=clone` (18+) is
   * copy-on-write.
   */
  strategy: z.enum(['wal_log', 'file_copy'], { error: 'must be wal_log or file_copy' }).optional(),
};

export const configSchema = z
  .looseObject(shape)
  .superRefine(rejectUnknownKeys(Object.keys(shape)))
  .refine(
    (config) => !isPostgresUrl(config.admin) || config.public !== undefined || hostOf(config.admin) !== '',
    {
      path: ['public'],
      error: 'must be set when the admin url has no host (a Unix socket)',
    },
  );

export type BranchConfig = z.infer<typeof configSchema>;

export interface Address {
  readonly host: string;
  readonly port: string;
}

/** Parses addresses such as `[::1]:5432` and `db.example.com:5432`; null for any other text. */
export function parseAddress(text: string): Address | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:/@[\]]+)):(\d{1,5})$/i.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3];
  if (host === undefined || port === undefined || Number(port) < 1 || Number(port) > 65_535) return null;
  return { host, port };
}

/** Returns the address that deployments connect to. */
export function addressOf(config: BranchConfig): Address {
  const stated = config.public === undefined ? null : parseAddress(config.public);
  return stated ?? { host: hostOf(config.admin), port: new URL(config.admin).port || '5432' };
}

/** Returns the admin URL, with the database `postgres` when it names none. */
export function serverUrl(config: BranchConfig): URL {
  const url = new URL(config.admin);
  if (url.pathname.length < 2) url.pathname = '/postgres';
  return url;
}

/** Returns the role of the admin URL, for messages. */
export function adminOf({ admin }: BranchConfig): string {
  const { username } = new URL(admin);
  try {
    return decodeURIComponent(username);
  } catch {
    return username; // A single percent sign.
  }
}

function hostOf(admin: string): string {
  return new URL(admin).hostname.replace(/^\[|\]$/g, '');
}

function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol);
}
