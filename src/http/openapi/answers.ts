import { applyDecorators } from '@nestjs/common';
import { ApiExtension, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import type { ProblemSlug } from '../problems/problem-types.js';

/**
 * One schema for each response body: its type in the code and its description in the document come from the
 * same schema.
 */
const schemas = z.registry<{ id: string }>();
const REF = '#/components/schemas/';

export const TIME = z.string().meta({ format: 'date-time' });
export const UUID_TEXT = z.string().meta({ format: 'uuid' });
export const COUNT = z.int().min(0);
export const TEXT = z.string();

/** Registers a schema under its name in the document. */
export function named<T extends z.ZodType>(id: string, schema: T): T {
  schemas.add(schema, { id });
  return schema;
}

/** Returns the schema of a page of a list. `next` is the cursor of the next page, null on the last page. */
export function pageOf<T extends z.ZodType>(id: string, item: T) {
  return named(id, z.object({ items: z.array(item), next: TEXT.nullable() }));
}

export interface Described {
  id: string;
  summary: string;
  description: string;
  /** Problems that the route can answer with, besides those of every route. */
  problems?: readonly ProblemSlug[];
}

export const PROBLEMS_OF = 'x-drawbridge-problems';

/** Documents an operation. */
export const Describe = ({ id, summary, description, problems = [] }: Described) =>
  applyDecorators(
    ApiOperation({ operationId: id, summary, description }),
    ApiExtension(PROBLEMS_OF, [...problems]),
  );

/** Documents the JSON response of an operation. */
export const Answers = (status: number, schema: z.ZodType, description: string) =>
  ApiResponse({ status, description, content: { 'application/json': { schema: refTo(schema) } } });

/** Documents a response that is either a JSON page or NDJSON with one `item` per line. */
export const AnswersLines = (item: z.ZodType, page: z.ZodType, description: string) =>
  ApiResponse({
    status: 200,
    description,
    content: {
      'application/json': { schema: refTo(page) },
      'application/x-ndjson': { schema: refTo(item) },
    },
  });

/** Returns the `components.schemas` of the document, sorted by name. */
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
  if (known === undefined) throw new Error('openapi: a response schema has no name; wrap it in named()');
  return { $ref: REF + known.id };
}
