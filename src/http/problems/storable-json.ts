import type { FieldError } from './problem.js';

const DEEPEST = 32;
/** Names that class-validator drops silently because they reach into prototypes. */
const DROPPED = ['__proto__', 'constructor', 'prototype'];

/**
 * Returns the first reason to reject a body, or undefined. Rejects JSON that PostgreSQL cannot store as
 * `jsonb` (NUL, lone surrogates, numbers beyond double precision), names that class-validator would drop, and
 * nesting so deep that a recursive walk could exhaust the stack.
 */
export function storableError(body: unknown): FieldError | undefined {
  return firstError(body, '', 0);
}

function firstError(value: unknown, path: string, depth: number): FieldError | undefined {
  if (depth > DEEPEST)
    return { path: '', message: `the body must not be nested more than ${DEEPEST} levels deep` };
  if (typeof value === 'string') return textError(value, path);
  if (typeof value === 'number' && !Number.isFinite(value)) return { path, message: 'is too large a number' };
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, child] of Object.entries(value)) {
    const childPath = path === '' ? key : `${path}.${key}`;
    const error = keyError(key, path) ?? firstError(child, childPath, depth + 1);
    if (error !== undefined) return error;
  }
  return undefined;
}

function keyError(key: string, path: string): FieldError | undefined {
  if (DROPPED.includes(key)) return { path, message: `must not have a member named "${key}"` };
  return textError(key, path);
}

function textError(text: string, path: string): FieldError | undefined {
  if (text.includes('\0')) return { path, message: 'must not contain the character U+0000' };
  return text.isWellFormed() ? undefined : { path, message: 'is not well-formed Unicode' };
}
