import type { OpenAPIObject } from '@nestjs/swagger';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

interface Operation {
  operationId: string;
  responses: Record<string, { $ref?: string; content?: Record<string, { schema: object }> }>;
}

/** Validates every answer by the OpenAPI document. */
export class DescribedAnswers {
  /** The operations that have answered. */
  readonly seen = new Set<string>();
  private readonly ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });

  constructor(private readonly document: OpenAPIObject) {
    this.ajv.addSchema({ $id: 'document', ...document });
  }

  /** Throws when the document does not describe this answer. Ignores routes that are not in the document. */
  check(method: string, path: string, answer: { status: number; headers: Headers; body: unknown }): void {
    const found = this.operationOf(method, path.split('?')[0] as string);
    // The router answers 414 before it selects an operation.
    if (found === undefined || answer.status === 414) return;
    const [pattern, operation] = found;
    this.seen.add(operation.operationId);
    const response = operation.responses[answer.status];
    if (response === undefined)
      throw new Error(`${operation.operationId}: the document knows no ${answer.status}`);
    const type = (answer.headers.get('content-type') ?? '').split(';')[0] as string;
    if (type === '' && answer.body === null) return;
    const place =
      response.$ref === undefined
        ? ['paths', pattern, method.toLowerCase(), 'responses', String(answer.status)]
        : response.$ref.split('/').slice(1);
    this.validate([...place, 'content', type, 'schema'], answer.body, operation.operationId);
  }

  private validate(place: string[], body: unknown, operation: string): void {
    const pointer = place
      .map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
      .map(encodeURIComponent);
    const validator: ValidateFunction = this.ajv.compile({ $ref: `document#/${pointer.join('/')}` });
    if (validator(body)) return;
    throw new Error(`${operation}: ${this.ajv.errorsText(validator.errors)}\n${JSON.stringify(body)}`);
  }

  private operationOf(method: string, path: string): [string, Operation] | undefined {
    for (const [pattern, operations] of Object.entries(this.document.paths)) {
      const operation = (operations as Record<string, Operation>)[method.toLowerCase()];
      const expression = new RegExp(`^${pattern.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
      if (operation !== undefined && expression.test(path)) return [pattern, operation];
    }
    return undefined;
  }
}
