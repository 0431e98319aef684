import { z } from 'zod';
import { rejectUnknownKeys } from '../config-keys.js';

/** No issue repeats the value: the url holds a password. */
const adminUrl = z
  .string({ error: 'must be a postgres url: postgresql://user:password@host:port/postgres' })
  .refine(isPostgresUrl, { error: 'must be a postgres url: postgresql://user:password@host:port/postgres' });

const publicAddress = z
  .string({ error: 'must be a host:port' })
  .refine((text) => parseAddress(text) !== null, {
    error: 'must be host:port, for example db.example.com:5432',
  });

const TEMPLATES = 'must be a list of names of databases; * stands for any characters';

const shape = {
  /** URL of a role that may create databases and roles. A direct connection: a transaction pooler loses session locks. */
  admin: adminUrl,
  /** The database to copy, unless a resource chooses another one. */
  template: z
    .string({ error: 'must be the name of a database' })
    .min(1, 'must be the name of a database')
    .optional(),
  /** What a resource may choose besides `template`, where the action's `options` hold `template`: names, `*` for any characters. */
  templates: z.array(z.string({ error: TEMPLATES }).min(1, TEMPLATES), { error: TEMPLATES }).optional(),
  /** `host:port` where deployments reach the server, when that is not where the admin url points. */
  public: publicAddress.optional(),
  /** How the server copies; unset: the server's default. `file_copy` with `file_copy_method=clone` (18+) is copy-on-write. */
  strategy: z.enum(['wal_log', 'file_copy'], { error: 'must be wal_log or file_copy' }).optional(),
};

export const configSchema = z
  .looseObject(shape)
  .superRefine(rejectUnknownKeys(Object.keys(shape)))
  .refine(
    (config) => !isPostgresUrl(config.admin) || config.public !== undefined || hostOf(config.admin) !== '',
    {
      path: ['public'],
      error: 'must be set when the admin url names no host (a unix socket)',
    },
  );

export type BranchConfig = z.infer<typeof configSchema>;

export interface Address {
  readonly host: string;
  readonly port: string;
}

/** `[::1]:5432` and `db.example.com:5432`; null for anything else. */
export function parseAddress(text: string): Address | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:/@[\]]+)):(\d{1,5})$/i.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3];
  if (host === undefined || port === undefined || Number(port) < 1 || Number(port) > 65_535) return null;
  return { host, port };
}

/** Where deployments connect to. */
export function addressOf(config: BranchConfig): Address {
  const stated = config.public === undefined ? null : parseAddress(config.public);
  return stated ?? { host: hostOf(config.admin), port: new URL(config.admin).port || '5432' };
}

/** The admin's server, with the database that the url names, or `postgres`. */
export function serverUrl(config: BranchConfig): URL {
  const url = new URL(config.admin);
  if (url.pathname.length < 2) url.pathname = '/postgres';
  return url;
}

/** The role of the admin url, for messages. */
export function adminOf({ admin }: BranchConfig): string {
  const { username } = new URL(admin);
  try {
    return decodeURIComponent(username);
  } catch {
    return username; // a lone percent sign
  }
}

function hostOf(admin: string): string {
  return new URL(admin).hostname.replace(/^\[|\]$/g, '');
}

function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol);
}
