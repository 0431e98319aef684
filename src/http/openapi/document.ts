import { Injectable } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { PROBLEM_JSON } from '../problems/problem.js';
import { PROBLEMS, type ProblemSlug } from '../problems/problem-types.js';
import { VERSION } from '../../version.js';
import { componentSchemas, COUNT, named, PROBLEMS_OF, refTo, TEXT } from './answers.js';

const TAGS = {
  actions: 'Deployment actions, what became of each, and what an operator may have done with it',
  transitions: 'The audit: every change of every action',
  events: 'The audit as it happens',
  deliveries: 'What Vercel sent, as it came',
  allocations: 'What provisioners made, and who holds it',
  deployments: 'What Vercel knows of a deployment: why it has no action, or nothing any more',
  installations: 'Customers’ installations and their resources',
  summary: 'How things stand, in numbers',
  retention: 'What was cleared away after its time',
  me: 'Who is asking',
} as const;

const problemSchema = named(
  'Problem',
  z
    .looseObject({
      type: TEXT.describe('`urn:drawbridge:problem:<slug>`, stable'),
      title: TEXT,
      status: COUNT,
      detail: TEXT.describe('one sentence for the person who asked'),
      errors: z.array(z.object({ path: TEXT, message: TEXT })).optional(),
      state: TEXT.optional().describe('of a conflict: the state that the action is in'),
      allowedStates: z.array(TEXT).optional().describe('of a conflict: states that would allow it'),
      requestId: TEXT.optional(),
    })
    .describe('RFC 9457'),
);

/** Holds the description of the API, which is drawn from the controllers once the application stands. */
@Injectable()
export class ApiDocument {
  private document: OpenAPIObject | null = null;

  publish(document: OpenAPIObject): void {
    this.document = document;
  }

  get(): OpenAPIObject {
    if (this.document === null) throw new Error('openapi: nobody has described the API yet');
    return this.document;
  }
}

/** Describes all routes of an application and lets it serve the description. */
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
      'What operators read of Drawbridge and have it do. Lists are `{"items":[…],"next":cursor|null}`, newest first; a cursor ' +
        'belongs to its filter. A `limit` of more than 200 is 200. Times are ISO 8601, UTC. Errors are RFC 9457.',
    )
    .setVersion(VERSION)
    .addServer('/')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      description: 'a token of an operator, or a JWT of the company’s identity provider',
    });
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  const { info, ...rest } = builder.build();
  const license = { name: 'MIT', identifier: 'MIT' };
  const contact = { name: 'whoever runs this server' };
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

/** Several problems may share a status; the document has one answer for each status. */
function addProblems(operation: Operation, responses: Record<string, ProblemResponse>): void {
  const own = (operation[PROBLEMS_OF] ?? []) as ProblemSlug[];
  delete operation[PROBLEMS_OF];
  if (operation.security === undefined) return;
  const parameters = operation.parameters ?? [];
  const takesInput = parameters.length > 0 || operation.requestBody !== undefined;
  const slugs: ProblemSlug[] = [
    ...(takesInput ? (['invalid-request'] as const) : []),
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
