import { resolve } from 'node:path';
import { z } from 'zod';
import { rejectUnknownKeys } from '../config-keys.js';
import { problemOf, references } from '../template.js';
import { sqlNames } from './folder.js';
import { parseTable } from './record.js';

const URL_FORM = 'must be a Postgres URL such as postgresql://user:password@host:port/database';

/** No issue repeats the value: the URL contains a password. */
const urlTemplate = z.string({ error: URL_FORM }).superRefine((text, context) => {
  const problem = problemOf(text);
  if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  else if (isFixed(text) && !isPostgresUrl(text)) context.addIssue({ code: 'custom', message: URL_FORM });
});

const folder = z
  .string({ error: 'must be the path of a folder with .sql files' })
  .min(1, 'must be the path of a folder with .sql files')
  .transform((path) => resolve(path))
  .superRefine((path, context) => {
    const problem = folderProblem(path);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });

const TABLE_FORM = 'must be a table name or schema.table: letters, digits and _, at most 63 each';

const shape = {
  /** The template of the database's URL. In a sequence: `${steps.branch.secrets.DATABASE_URL}`. */
  url: urlTemplate,
  /** The folder of the `.sql` files, relative to the working directory. Validation makes it absolute. */
  folder,
  /** The table in the same database that records which files ran. */
  table: z
    .string({ error: TABLE_FORM })
    .refine((name) => parseTable(name) !== null, { error: TABLE_FORM })
    .default('drawbridge_sql'),
};

export const configSchema = z.looseObject(shape).superRefine(rejectUnknownKeys(Object.keys(shape)));

export type SqlConfig = z.infer<typeof configSchema>;

/** Returns true when the URL is the same for every request. */
export const isFixed = (url: string): boolean => references(url).found.length === 0;

export function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol);
}

function folderProblem(path: string): string | null {
  try {
    return sqlNames(path).length > 0 ? null : `folder ${path} contains no .sql file`;
  } catch (error) {
    return (error as Error).message;
  }
}
