import { z } from 'zod';
import { rejectUnknownKeys } from '../config-keys.js';
import { fill, problemOf, references } from '../template.js';
import { problemOfName } from './names.js';
import { SECRET_BYTES } from '../../limits.js';
import { LIMIT_TEXT, sizeOf } from './size.js';

const shape = {
  /**
   * Variable names and their templates. No issue repeats a template: it may contain a secret from the
   * environment.
   */
  vars: z.record(
    z.string(),
    z.string({ error: 'must be a text; quote numbers, true and false' }).min(1, {
      error: 'is empty, which Vercel does not accept; set a value or remove the name',
    }),
    { error: 'must be an object of variable names and templates' },
  ),
  /** Prefixes every name. */
  prefix: z
    .string({ error: 'must be a text' })
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
      error: 'must be letters, digits and _, and must not begin with a digit',
    })
    .optional(),
};

export const configSchema = z
  .looseObject(shape)
  .superRefine(rejectUnknownKeys(Object.keys(shape)))
  .superRefine(({ vars, prefix = '' }, context) => {
    const refuse = (path: string[], message: string): void =>
      context.addIssue({ code: 'custom', path: ['vars', ...path], message });
    if (Object.keys(vars).length === 0) refuse([], 'must name at least one variable');
    const problems = Object.entries(vars).map(([name, template]) => ({
      name,
      problem: problemOfName(prefix + name) ?? problemOf(template),
    }));
    for (const { name, problem } of problems) if (problem !== null) refuse([name], problem);
    if (problems.some(({ problem }) => problem !== null)) return;
    const least = minimumSize(vars, prefix);
    if (least > SECRET_BYTES) refuse([], `need at least ${least} bytes for names and values; ${LIMIT_TEXT}`);
  });

export type EnvVarsConfig = z.infer<typeof configSchema>;

/** Returns the bytes of names and values if every reference is filled in with an empty value. */
function minimumSize(vars: EnvVarsConfig['vars'], prefix: string): number {
  const filled = Object.entries(vars).map(([name, template]) => [prefix + name, fill(template, () => 'x')]);
  const placeholders = Object.values(vars).flatMap((template) => references(template).found);
  return sizeOf(Object.fromEntries(filled) as Record<string, string>) - placeholders.length;
}
