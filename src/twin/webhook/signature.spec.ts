import { describe, expect, it } from 'vitest';
import { sign } from './signature.js';

const BODY =
  '{"id":"evt_0001","type":"deployment.integration.action.start","createdAt":1760000000000,"region":"iad1","payload":{"configuration":{"id":"icfg_1234567"},"installationId":"icfg_1234567","resourceId":"abc-def-1334","action":"branch","deployment":{"id":"dpl_568301234"}}}';

describe('sign', () => {
  it('returns the documented signature of the documented example', () => {
    expect(sign(BODY, 'test-secret')).toBe('0a8fcf1b2ed59dea9283ffc2051b933937b327ec');
  });

  it('returns the same for bytes and for text', () => {
    expect(sign(Buffer.from(BODY), 'test-secret')).toBe(sign(BODY, 'test-secret'));
  });
});
