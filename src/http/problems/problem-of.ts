import { HttpException, NotFoundException } from '@nestjs/common';
import { isUnavailable, outageOf, OUTAGES } from '../../errors/database-error.js';
import { Problem } from './problem.js';
import { PROBLEMS, slugOfStatus } from './problem-types.js';

/** Seconds after which a client may try again when the database does not do its work. */
const RETRY_AFTER = '1';

/**
 * What the client is told about `error`. Only problems and HTTP exceptions speak in their own words; of anything else the
 * client learns nothing but that it happened.
 */
export function problemOf(error: unknown, requestId: string): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HttpException) return ofHttpException(error, requestId);
  if (isUnavailable(error)) {
    const cause = outageOf(error)?.cause;
    const why = cause === undefined ? 'does not keep up' : OUTAGES[cause];
    return new Problem('unavailable', `the database ${why}; try again`, {
      headers: { 'retry-after': RETRY_AFTER },
      cause: error,
    });
  }
  return internal(error, requestId);
}

function internal(cause: unknown, requestId: string): Problem {
  return new Problem('internal', 'the request failed unexpectedly; the log of the server says more', {
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
  // A status that has no slug of its own (418, say) is answered as what it is a kind of.
  return new Problem(slug, lowerFirst(error.message) || PROBLEMS[slug].title, { cause: error });
}

/** The router's own words; a controller says what is missing by `notFound`. */
function isUnknownRoute(error: HttpException): boolean {
  return error instanceof NotFoundException && /^Cannot [A-Z]+ /.test(error.message);
}

/** Fastify answers a body it cannot parse with 400 and a code of its own, or a SyntaxError of the parser. */
function isMalformedBody(error: HttpException): boolean {
  const cause: unknown = error.cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return error.getStatus() === 400 && (cause instanceof SyntaxError || code.startsWith('FST_ERR_CTP_'));
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
