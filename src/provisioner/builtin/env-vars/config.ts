import { z } from 'zod';
import { rejectUnknownKeys } from '../config-keys.js';
import { fill, problemOf, references } from '../template.js';
import { problemOfName } from './names.js';
import { LIMIT_BYTES, LIMIT_TEXT, sizeOf } from './size.js';

const shape = {
  /** Names and templates. No issue repeats a template: it may hold a secret of the environment. */
  vars: z.record(
    z.string(),
    z.string({ error: 'must be a text; put a number, true or false in quotes' }).min(1, {
      error: 'is empty; Vercel takes no empty secret: leave it out, or give it a value',
    }),
    { error: 'must be names of variables with their templates' },
  ),
  /** Stands before every name. */
  prefix: z
    .string({ error: 'must be a text' })
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
      error: 'must be letters, digits and _ only, and no digit first',
    })
    .optional(),
};

export const configSchema = z
  .looseObject(shape)
  .superRefine(rejectUnknownKeys(Object.keys(shape)))
  .superRefine(({ vars, prefix = '' }, context) => {
    const refuse = (path: string[], message: string): void =>
      context.addIssue({ code: 'custom', path: ['vars', ...path], message });
    if (Object.keys(vars).length === 0) refuse([], 'names no variable');
    const problems = Object.entries(vars).map(([name, template]) => ({
      name,
      problem: problemOfName(prefix + name) ?? problemOf(template),
    }));
    for (const { name, problem } of problems) if (problem !== null) refuse([name], problem);
    if (problems.some(({ problem }) => problem !== null)) return;
    const least = minimumSize(vars, prefix);
    if (least > LIMIT_BYTES) refuse([], `come to at least ${least} bytes in names and values; ${LIMIT_TEXT}`);
  });

export type EnvVarsConfig = z.infer<typeof configSchema>;

/** What names and values come to when every reference is filled in with nothing. */
function minimumSize(vars: EnvVarsConfig['vars'], prefix: string): number {
  const filled = Object.entries(vars).map(([name, template]) => [prefix + name, fill(template, () => 'x')]);
  const placeholders = Object.values(vars).flatMap((template) => references(template).found);
  return sizeOf(Object.fromEntries(filled) as Record<string, string>) - placeholders.length;
}
