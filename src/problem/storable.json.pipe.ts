import { Injectable, type PipeTransform } from '@nestjs/common';
import { invalid, type FieldError } from './problem.js';

const DEEPEST = 32;

/**
 * Refuses JSON that Postgres cannot hold as `jsonb` (NUL, halves of surrogate pairs, numbers beyond double precision) or that
 * is nested so deeply that walking it could exhaust the stack. Stands before the validation of a body with free-form parts.
 */
@Injectable()
export class StorableJsonPipe implements PipeTransform<unknown, unknown> {
  transform(value: unknown): unknown {
    const error = firstError(value, '', 0);
    if (error !== undefined) throw invalid([error]);
    return value;
  }
}

function firstError(value: unknown, path: string, depth: number): FieldError | undefined {
  if (depth > DEEPEST)
    return { path: '', message: `the body must not be nested more than ${DEEPEST} levels deep` };
  if (typeof value === 'string') return textError(value, path);
  if (typeof value === 'number' && !Number.isFinite(value)) return { path, message: 'is too large a number' };
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, child] of Object.entries(value)) {
    const childPath = path === '' ? key : `${path}.${key}`;
    const error = textError(key, path) ?? firstError(child, childPath, depth + 1);
    if (error !== undefined) return error;
  }
  return undefined;
}

function textError(text: string, path: string): FieldError | undefined {
  if (text.includes('\0')) return { path, message: 'must not contain the character U+0000' };
  return text.isWellFormed() ? undefined : { path, message: 'is not well-formed Unicode' };
}
