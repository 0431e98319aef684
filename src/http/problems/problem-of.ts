import { HttpException, NotFoundException } from '@nestjs/common';
import { isUnavailable, outageOf, OUTAGES } from '../../errors/database-error.js';
import { Problem } from './problem.js';
import { PROBLEMS, slugOfStatus } from './problem-types.js';

/** Seconds after which a client may retry while the database is unavailable. */
const RETRY_AFTER = '1';

/**
 * Converts any error into the problem for the client. Only problems and HTTP exceptions keep their message;
 * other messages could leak internals.
 */
export function problemOf(error: unknown, requestId: string): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HttpException) return ofHttpException(error, requestId);
  if (isUnavailable(error)) {
    const cause = outageOf(error)?.cause;
    const why = cause === undefined ? 'is overloaded' : OUTAGES[cause];
    return new Problem('unavailable', `the database ${why}; try again`, {
      headers: { 'retry-after': RETRY_AFTER },
      cause: error,
    });
  }
  return internal(error, requestId);
}

function internal(cause: unknown, requestId: string): Problem {
  return new Problem('internal', 'the request failed unexpectedly; the server log has details', {
    extra: { requestId },
    cause,
  });
}

function ofHttpException(error: HttpException, requestId: string): Problem {
  const status = error.getStatus();
  const slug = slugOfStatus(status);
  if (slug === 'internal') return internal(error, requestId);
  if (isUnknownRoute(error)) return new Problem('unknown-route', lowerFirst(error.message), { cause: error });
  if (isMalformedBody(error))
    return new Problem('malformed-body', lowerFirst(error.message), { cause: error });
  // A status without a slug (such as 418) gets the slug of its class.
  return new Problem(slug, lowerFirst(error.message) || PROBLEMS[slug].title, { cause: error });
}

/** Recognizes the message of the router. Controllers use `notFound` instead. */
function isUnknownRoute(error: HttpException): boolean {
  return error instanceof NotFoundException && /^Cannot [A-Z]+ /.test(error.message);
}

/**
 * Recognizes a body that Fastify cannot parse: 400 with a code `FST_ERR_CTP_…`, or a SyntaxError of the
 * parser.
 */
function isMalformedBody(error: HttpException): boolean {
  const cause: unknown = error.cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return error.getStatus() === 400 && (cause instanceof SyntaxError || code.startsWith('FST_ERR_CTP_'));
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
