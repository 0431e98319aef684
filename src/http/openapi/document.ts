import { Injectable } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { LARGEST_LIMIT } from '../paging/page-size.js';
import { PROBLEM_JSON } from '../problems/problem.js';
import { PROBLEMS, type ProblemSlug } from '../problems/problem-types.js';
import { VERSION } from '../../version.js';
import { componentSchemas, COUNT, named, PROBLEMS_OF, refTo, TEXT } from './answers.js';

const TAGS = {
  actions: 'Deployment actions, their outcomes, and the commands of operators',
  transitions: 'The audit: every state change of every action',
  events: 'The audit as a live stream of server-sent events',
  deliveries: 'Webhooks from Vercel, as received',
  allocations: 'What provisioners created, and the actions that hold it',
  deployments: 'A deployment as Vercel sees it: explains why it has no action or holds no allocation',
  installations: 'Installations of customers and their resources',
  summary: 'Current numbers of actions and webhooks',
  retention: 'Purges of old rows',
  me: 'The caller of the API',
} as const;

const problemSchema = named(
  'Problem',
  z
    .looseObject({
      type: TEXT.describe('`urn:drawbridge:problem:<slug>`, stable'),
      title: TEXT,
      status: COUNT,
      detail: TEXT.describe('one sentence about this request, for people'),
      errors: z.array(z.object({ path: TEXT, message: TEXT })).optional(),
      state: TEXT.optional().describe('on a conflict: the current state of the action'),
      allowedStates: z.array(TEXT).optional().describe('on a conflict: states that allow the command'),
      requestId: TEXT.optional(),
    })
    .describe('RFC 9457'),
);

/** Holds the OpenAPI document, which is generated from the controllers after the application was created. */
@Injectable()
export class ApiDocument {
  private document: OpenAPIObject | null = null;

  publish(document: OpenAPIObject): void {
    this.document = document;
  }

  get(): OpenAPIObject {
    if (this.document === null) throw new Error('openapi: publishApiDocument() has not been called yet');
    return this.document;
  }
}

/** Generates the OpenAPI document of all routes and publishes it in {@link ApiDocument}. */
export function publishApiDocument(app: INestApplication): void {
  app.get(ApiDocument).publish(describeApi(app));
}

function describeApi(app: INestApplication): OpenAPIObject {
  const document = SwaggerModule.createDocument(app, base(), { autoTagControllers: false });
  const responses: Record<string, ProblemResponse> = {};
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...componentSchemas() },
    responses,
  };
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(path) as Operation[]) addProblems(operation, responses);
  }
  return document;
}

function base(): Omit<OpenAPIObject, 'paths'> {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Drawbridge')
    .setDescription(
      'The API for operators of Drawbridge. Lists are pages `{"items":[…],"next":cursor|null}`, newest ' +
        'first; a cursor is valid only for the same filter. ' +
        `A \`limit\` above ${LARGEST_LIMIT} is treated as ${LARGEST_LIMIT}. Times are ISO 8601 in UTC. Errors are RFC 9457 problems.`,
    )
    .setVersion(VERSION)
    .addServer('/')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      description: 'an operator token, or a JWT from the company’s identity provider',
    });
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  const { info, ...rest } = builder.build();
  const license = { name: 'MIT', identifier: 'MIT' };
  const contact = { name: 'the operator of this server' };
  return {
    ...rest,
    info: { ...info, contact, license },
  };
}

interface ProblemResponse {
  description: string;
  content: Record<string, { schema: { $ref: string } }>;
}

interface Operation {
  parameters?: { in: string }[];
  requestBody?: object;
  security?: object[];
  responses: Record<string, object>;
  [extension: `x-${string}`]: unknown;
}

/** Adds the problem responses of an operation. Problems with the same status share one response. */
function addProblems(operation: Operation, responses: Record<string, ProblemResponse>): void {
  const own = (operation[PROBLEMS_OF] ?? []) as ProblemSlug[];
  delete operation[PROBLEMS_OF];
  if (operation.security === undefined) return;
  const parameters = operation.parameters ?? [];
  const hasInput = parameters.length > 0 || operation.requestBody !== undefined;
  const slugs: ProblemSlug[] = [
    ...(hasInput ? (['invalid-request'] as const) : []),
    'unauthenticated',
    'forbidden',
    'too-many-requests',
    ...(parameters.some((parameter) => parameter.in === 'path') ? (['not-found'] as const) : []),
    ...own,
    ...(operation.requestBody === undefined ? [] : (['body-too-large', 'unsupported-media-type'] as const)),
    'internal',
    'unavailable',
  ];
  const byStatus = Map.groupBy(slugs, (slug) => PROBLEMS[slug].status);
  for (const [status, possible] of byStatus) {
    const name = [...new Set(possible)].join('-or-');
    responses[name] ??= responseOf(possible);
    operation.responses[status] ??= { $ref: `#/components/responses/${name}` };
  }
}

function responseOf(slugs: ProblemSlug[]): ProblemResponse {
  const description = slugs.map((slug) => `\`${slug}\`: ${PROBLEMS[slug].title}`).join('; ');
  return { description, content: { [PROBLEM_JSON]: { schema: refTo(problemSchema) } } };
}
