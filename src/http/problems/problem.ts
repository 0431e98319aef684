import { HttpException } from '@nestjs/common';
import { PROBLEMS, type ProblemSlug } from './problem-types.js';

export const PROBLEM_JSON = 'application/problem+json';

/** The body of a problem response. `extra` members are added to these. */
export interface ProblemBody {
  type: `urn:drawbridge:problem:${ProblemSlug}`;
  title: string;
  status: number;
  detail: string;
  [extra: string]: unknown;
}

export interface ProblemOptions {
  /** Further members of the body. */
  extra?: Record<string, unknown>;
  /** Further headers of the answer. */
  headers?: Record<string, string>;
  cause?: unknown;
}

/**
 * An error response. Throw it from anywhere below a controller.
 *
 * @param slug the problem type, which defines status and title
 * @param detail one sentence about this request, for people, without internals and secrets
 */
export class Problem extends HttpException {
  readonly body: ProblemBody;
  readonly headers: Record<string, string>;

  constructor(
    readonly slug: ProblemSlug,
    detail: string,
    options: ProblemOptions = {},
  ) {
    const { status, title } = PROBLEMS[slug];
    const body: ProblemBody = {
      ...options.extra,
      type: `urn:drawbridge:problem:${slug}`,
      title,
      status,
      detail,
    };
    super(body, status, { cause: options.cause });
    this.message = detail;
    this.body = body;
    this.headers = options.headers ?? {};
  }
}

/** Creates a 404 problem. `detail` names the missing object. */
export const notFound = (detail: string): Problem => new Problem('not-found', detail);

/** The error of one field. `path` is dotted, and empty for the body as a whole. */
export interface FieldError {
  path: string;
  message: string;
}

export const invalid = (errors: FieldError[]): Problem =>
  new Problem(
    'invalid-request',
    errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '),
    { extra: { errors } },
  );
