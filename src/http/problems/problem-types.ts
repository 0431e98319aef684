/**
 * Every problem that this server answers with (RFC 9457). Clients may rely on the `type` URI,
 * `urn:drawbridge:problem:<slug>`, and the status; titles may be reworded.
 */
export const PROBLEMS = {
  'bad-request': { status: 400, title: 'The request cannot be understood' },
  'malformed-body': { status: 400, title: 'The body does not match its content type' },
  'invalid-request': { status: 400, title: 'Some fields of the request are invalid' },
  'invalid-cursor': { status: 400, title: 'The cursor does not belong to this list' },
  'invalid-event': { status: 400, title: 'The body is not a valid event' },
  unauthenticated: { status: 401, title: 'Authentication is required' },
  'invalid-signature': { status: 401, title: 'The signature does not match the body' },
  forbidden: { status: 403, title: 'The role does not allow this request' },
  'not-found': { status: 404, title: 'Not found' },
  'unknown-route': { status: 404, title: 'The route does not exist' },
  'method-not-allowed': { status: 405, title: 'The route does not support this method' },
  'not-acceptable': { status: 406, title: 'No format accepted by the client is available' },
  conflict: { status: 409, title: 'The current state does not allow this request' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The content type is not supported' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'The server failed unexpectedly' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
} as const;

export type ProblemSlug = keyof typeof PROBLEMS;

/** Returns the slug for the status of an HTTP exception. */
export function slugOfStatus(status: number): ProblemSlug {
  switch (status) {
    case 401:
      return 'unauthenticated';
    case 403:
      return 'forbidden';
    case 404:
      return 'not-found';
    case 405:
      return 'method-not-allowed';
    case 406:
      return 'not-acceptable';
    case 409:
      return 'conflict';
    case 413:
      return 'body-too-large';
    case 415:
      return 'unsupported-media-type';
    case 429:
      return 'too-many-requests';
    case 503:
      return 'unavailable';
    default:
      return status >= 400 && status < 500 ? 'bad-request' : 'internal';
  }
}
