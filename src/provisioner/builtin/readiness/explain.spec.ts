import { describe, expect, it } from 'vitest';
import { explain } from './explain.js';

const withCode = (code: string): Error => Object.assign(new Error('hunter2'), { code });

describe('the explanation of an error', () => {
  it.each([
    [withCode('EHOSTUNREACH'), 'cannot be reached (EHOSTUNREACH)'],
    [withCode('EAI_AGAIN'), 'cannot be reached (EAI_AGAIN)'],
    [withCode('EPIPE'), 'closed the connection'],
    [withCode('57P03'), 'is not accepting connections yet'],
    [withCode('P0001'), 'rejected the query (P0001)'],
    [withCode('UND_ERR_BODY_TIMEOUT'), 'failed (UND_ERR_BODY_TIMEOUT)'],
    [
      withCode('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
      'has a certificate that is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
    ],
    [withCode('ERR_SSL_WRONG_VERSION_NUMBER'), 'failed the TLS handshake (ERR_SSL_WRONG_VERSION_NUMBER)'],
    [new TypeError('hunter2'), 'failed (TypeError)'],
    ['hunter2', 'failed (string)'],
    [null, 'failed (object)'],
  ])('contains only the code or the type: %o', (error, text) => expect(explain(error)).toBe(text));
});
