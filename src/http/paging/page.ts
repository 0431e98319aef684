import { createHash } from 'node:crypto';
import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, MaxLength, Min } from 'class-validator';
import { DEFAULT_LIMIT, LARGEST_LIMIT } from './page-size.js';
import { UUID } from './uuid.js';
import { Problem } from '../problems/problem.js';

/** A page of a list. `next` is the cursor of the next page, null on the last page. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

/** The last row of a page in a list sorted by (created_at, id). `at` has microseconds, like the database. */
export interface Position {
  at: string;
  id: string;
}

/** Validates the query parameter `limit`: at least 1. Lowers larger values to {@link LARGEST_LIMIT}. */
export const IsLimit = () =>
  applyDecorators(
    ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: LARGEST_LIMIT, default: DEFAULT_LIMIT }),
    Transform(({ value }: { value: unknown }) => limitOf(value)),
    IsOptional(),
    IsInt({ message: 'must be a whole number' }),
    Min(1, { message: 'must be at least 1' }),
  );

/** Validates the query parameter `cursor`: the `next` of the previous page. */
export const IsCursor = () =>
  applyDecorators(
    ApiPropertyOptional({ type: String, description: '`next` of the previous page' }),
    IsOptional(),
    IsString(),
    MaxLength(2048),
  );

function limitOf(value: unknown): number {
  return typeof value === 'string' && /^[0-9]+$/.test(value) ? Math.min(Number(value), LARGEST_LIMIT) : NaN;
}

const AT = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/**
 * Encodes a cursor, opaque to clients. Contains a fingerprint of list and filter to reject a cursor of
 * another list.
 */
export function encodeCursor({ at, id }: Position, filter: object): string {
  return Buffer.from(JSON.stringify([at, id, fingerprint(filter)])).toString('base64url');
}

/** @throws Problem `invalid-cursor` for garbage and for the cursor of another list or filter */
export function decodeCursor(cursor: string, filter: object): Position {
  const [at, id, of, ...rest] = parse(cursor);
  const valid = typeof at === 'string' && isAt(at) && typeof id === 'string' && UUID.test(id);
  if (!valid || rest.length > 0) throw invalidCursor('was not issued by this API');
  if (of !== fingerprint(filter)) throw invalidCursor('belongs to another list or filter');
  return { at, id };
}

/** Encodes the cursor of a list that is sorted by a unique name. The next page starts after `name`. */
export function encodeName(name: string, list: string): string {
  return Buffer.from(JSON.stringify([fingerprint({ list }), name])).toString('base64url');
}

/** @throws Problem `invalid-cursor` for garbage and for the cursor of another list */
export function decodeName(cursor: string, list: string): string {
  const [of, name, ...rest] = parse(cursor);
  const valid = typeof of === 'string' && typeof name === 'string' && !name.includes('\0');
  if (!valid || rest.length > 0) throw invalidCursor('was not issued by this API');
  if (of !== fingerprint({ list })) throw invalidCursor('belongs to another list');
  return name;
}

export const invalidCursor = (why: string): Problem => new Problem('invalid-cursor', `the cursor ${why}`);

function parse(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    // Not JSON, so not a cursor that this API issued.
    return [];
  }
}

/** True for an existing day. `Date` turns February 30 into March 2, but the database throws an error. */
function isAt(text: string): boolean {
  if (!AT.test(text) || Number.isNaN(Date.parse(text))) return false;
  return new Date(text).toISOString().slice(0, 19) === text.slice(0, 19);
}

function fingerprint(filter: object): string {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  const sorted = given.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url').slice(0, 16);
}
