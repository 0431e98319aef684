import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isSigned } from './signature.js';

/** The example of the contract (1.2). */
const BODY = Buffer.from(
  '{"id":"evt_0001","type":"deployment.integration.action.start","createdAt":1760000000000,"region":"iad1","payload":{"configuration":{"id":"icfg_1234567"},"installationId":"icfg_1234567","resourceId":"abc-def-1334","action":"branch","deployment":{"id":"dpl_568301234"}}}',
);
const SECRET = 'test-secret';
const SIGNATURE = '0a8fcf1b2ed59dea9283ffc2051b933937b327ec';

const signed = (body: Uint8Array, secret: string): string =>
  createHmac('sha1', secret).update(body).digest('hex');

describe('isSigned', () => {
  it('accepts the example of the contract', () => {
    expect(isSigned(BODY, SIGNATURE, [SECRET])).toBe(true);
  });

  it.each([[[SECRET, 'new', 'newer']], [['new', SECRET, 'newer']], [['new', 'newer', SECRET]]])(
    'tries every secret of %j',
    (secrets) => {
      expect(isSigned(BODY, SIGNATURE, secrets)).toBe(true);
    },
  );

  it('rejects a body that no secret signed', () => {
    expect(isSigned(BODY, SIGNATURE, ['other', 'another'])).toBe(false);
    expect(isSigned(BODY, SIGNATURE, [])).toBe(false);
  });

  it('checks the bytes as they were received', () => {
    const spaced = Buffer.concat([BODY, Buffer.from('\n')]);
    expect(isSigned(spaced, SIGNATURE, [SECRET])).toBe(false);
    expect(isSigned(BODY.subarray(0, -1), SIGNATURE, [SECRET])).toBe(false);
    const bytes = Buffer.from([0xff, 0x00, 0xfe]);
    expect(isSigned(bytes, signed(bytes, SECRET), [SECRET])).toBe(true);
  });

  it('checks an empty body like any other', () => {
    const empty = Buffer.alloc(0);
    expect(isSigned(empty, signed(empty, SECRET), [SECRET])).toBe(true);
    expect(isSigned(empty, SIGNATURE, [SECRET])).toBe(false);
  });

  it.each([
    ['is missing', undefined],
    ['is empty', ''],
    ['is in upper case', SIGNATURE.toUpperCase()],
    ['is cut short', SIGNATURE.slice(0, -2)],
    ['is half a byte short', SIGNATURE.slice(0, -1)],
    ['is too long', `${SIGNATURE}00`],
    ['has a prefix', `sha1=${SIGNATURE}`],
    ['has a blank before it', ` ${SIGNATURE}`],
    ['has a line break behind it', `${SIGNATURE}\n`],
    ['occurs twice', `${SIGNATURE}, ${SIGNATURE}`],
    ['is of another digest', createHmac('sha256', SECRET).update(BODY).digest('hex')],
    ['has 40 characters that are not hexadecimal', 'z'.repeat(40)],
    ['has 40 characters beyond ASCII', 'é'.repeat(40)],
    ['differs in its last digit', `${SIGNATURE.slice(0, -1)}d`],
  ])('rejects a signature that %s', (_, signature) => {
    expect(isSigned(BODY, signature, [SECRET])).toBe(false);
  });
});
