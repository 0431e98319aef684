import { applyDecorators } from '@nestjs/common';
import { ApiExtension, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import type { ProblemSlug } from '../problems/problem-types.js';

/** Every answer has one schema: its type in the code and its description in the document both come from it. */
const schemas = z.registry<{ id: string }>();
const REF = '#/components/schemas/';

export const TIME = z.string().meta({ format: 'date-time' });
export const UUID_TEXT = z.string().meta({ format: 'uuid' });
export const COUNT = z.int().min(0);
export const TEXT = z.string();

/** Gives a schema its name in the document. */
export function named<T extends z.ZodType>(id: string, schema: T): T {
  schemas.add(schema, { id });
  return schema;
}

/** A part of a list; `next` is the cursor of the part after it, null at the end. */
export function pageOf<T extends z.ZodType>(id: string, item: T) {
  return named(id, z.object({ items: z.array(item), next: TEXT.nullable() }));
}

export interface Described {
  id: string;
  summary: string;
  description: string;
  /** Which problems the caller has to expect besides those that every route has. */
  problems?: readonly ProblemSlug[];
}

export const PROBLEMS_OF = 'x-drawbridge-problems';

/** One operation of the document. */
export const Describe = ({ id, summary, description, problems = [] }: Described) =>
  applyDecorators(
    ApiOperation({ operationId: id, summary, description }),
    ApiExtension(PROBLEMS_OF, [...problems]),
  );

/** What an operation answers with. */
export const Answers = (status: number, schema: z.ZodType, description: string) =>
  ApiResponse({ status, description, content: { 'application/json': { schema: refTo(schema) } } });

/** An answer of lines: `item` is what one of them holds. */
export const AnswersLines = (item: z.ZodType, page: z.ZodType, description: string) =>
  ApiResponse({
    status: 200,
    description,
    content: {
      'application/json': { schema: refTo(page) },
      'application/x-ndjson': { schema: refTo(item) },
    },
  });

/** What the document calls `components.schemas`. */
export function componentSchemas(): Record<string, object> {
  const made = z.toJSONSchema(schemas, { uri: (id) => REF + id });
  return Object.fromEntries(
    Object.entries(made.schemas)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, { $schema: _schema, $id: _id, ...schema }]) => [id, schema]),
  );
}

export function refTo(schema: z.ZodType): { $ref: string } {
  const known = schemas.get(schema);
  if (known === undefined) throw new Error('openapi: an answer has no name');
  return { $ref: REF + known.id };
}
