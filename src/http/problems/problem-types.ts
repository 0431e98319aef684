/**
 * Every problem this server answers with (RFC 9457). The slug ends the stable `type` URI, `urn:drawbridge:problem:<slug>`,
 * on which clients may rely; titles may be reworded.
 */
export const PROBLEMS = {
  'bad-request': { status: 400, title: 'The request is not understood' },
  'malformed-body': { status: 400, title: 'The body is not what its content type says' },
  'invalid-request': { status: 400, title: 'Some fields of the request are not valid' },
  'invalid-cursor': { status: 400, title: 'The cursor does not continue this list' },
  'invalid-event': { status: 400, title: 'The body is not an event' },
  unauthenticated: { status: 401, title: 'Who is asking is not known' },
  'invalid-signature': { status: 401, title: 'The signature does not match the body' },
  forbidden: { status: 403, title: 'The role does not allow this' },
  'not-found': { status: 404, title: 'Nothing is here' },
  'unknown-route': { status: 404, title: 'No such route' },
  'method-not-allowed': { status: 405, title: 'This route has no such method' },
  'not-acceptable': { status: 406, title: 'No acceptable form of the answer exists' },
  conflict: { status: 409, title: 'The state does not allow this' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The content type is not supported' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'Not possible right now' },
} as const;

export type ProblemSlug = keyof typeof PROBLEMS;

/** The slug that stands for a status nobody gave a slug to. */
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
