import { createHash } from 'node:crypto';
import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, MaxLength, Min } from 'class-validator';
import { UUID } from './uuid.js';
import { Problem } from '../problems/problem.js';

export const DEFAULT_LIMIT = 50;
export const LARGEST_LIMIT = 200;

/** A part of a list, and how to ask for the part after it; null at the end. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

/** Where a list sorted by (created_at, id) goes on: after this row. `at` has microseconds, as the database does. */
export interface Position {
  at: string;
  id: string;
}

/** A query's `limit`: 1 and more, and what is more than the largest is the largest. */
export const IsLimit = () =>
  applyDecorators(
    ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: LARGEST_LIMIT, default: DEFAULT_LIMIT }),
    Transform(({ value }: { value: unknown }) => limitOf(value)),
    IsOptional(),
    IsInt({ message: 'must be a whole number' }),
    Min(1, { message: 'must be at least 1' }),
  );

/** A query's `cursor`: `next` of the page before. */
export const IsCursor = () =>
  applyDecorators(
    ApiPropertyOptional({ type: String, description: '`next` of the page before' }),
    IsOptional(),
    IsString(),
    MaxLength(2048),
  );

function limitOf(value: unknown): number {
  return typeof value === 'string' && /^[0-9]+$/.test(value) ? Math.min(Number(value), LARGEST_LIMIT) : NaN;
}

const AT = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/** Opaque to clients. Holds what it continues, so that it cannot be used with another list or filter by mistake. */
export function encodeCursor({ at, id }: Position, filter: object): string {
  return Buffer.from(JSON.stringify([at, id, fingerprint(filter)])).toString('base64url');
}

/** @throws Problem `invalid-cursor` for garbage and for the cursor of another list or filter */
export function decodeCursor(cursor: string, filter: object): Position {
  const [at, id, of, ...rest] = parse(cursor);
  const sound = typeof at === 'string' && isAt(at) && typeof id === 'string' && UUID.test(id);
  if (!sound || rest.length > 0) throw invalidCursor('is not one of ours');
  if (of !== fingerprint(filter)) throw invalidCursor('belongs to another list or filter');
  return { at, id };
}

/** The cursor of a list that is sorted by a unique name: it goes on after that name. */
export function encodeName(name: string, list: string): string {
  return Buffer.from(JSON.stringify([fingerprint({ list }), name])).toString('base64url');
}

/** @throws Problem `invalid-cursor` for garbage and for the cursor of another list */
export function decodeName(cursor: string, list: string): string {
  const [of, name, ...rest] = parse(cursor);
  const sound = typeof of === 'string' && typeof name === 'string' && !name.includes('\0');
  if (!sound || rest.length > 0) throw invalidCursor('is not one of ours');
  if (of !== fingerprint({ list })) throw invalidCursor('belongs to another list');
  return name;
}

export const invalidCursor = (why: string): Problem => new Problem('invalid-cursor', `the cursor ${why}`);

function parse(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    // Not JSON: as little one of ours as JSON of another shape.
    return [];
  }
}

/** A day that there is: `Date` makes the second of March of a 30th of February, and the database throws at it. */
function isAt(text: string): boolean {
  if (!AT.test(text) || Number.isNaN(Date.parse(text))) return false;
  return new Date(text).toISOString().slice(0, 19) === text.slice(0, 19);
}

function fingerprint(filter: object): string {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  const sorted = given.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url').slice(0, 16);
}
