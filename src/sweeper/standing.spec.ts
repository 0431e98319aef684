import { describe, expect, it } from 'vitest';
import { readDeployment, type DeploymentFacts } from '../vercel/deployment.reader.js';
import type { DeploymentAnswer } from '../vercel/gateway.js';
import { standingOf, type Standing } from './standing.js';

const found = (body: object): DeploymentAnswer => ({
  kind: 'found',
  deployment: readDeployment(body, 'dpl_1') as DeploymentFacts,
});
const gone = (status: 404 | 410, inVercelsForm: boolean): DeploymentAnswer => ({
  kind: 'gone',
  status,
  message: '',
  inVercelsForm,
});

describe('how a deployment stands', () => {
  it.each<[string, DeploymentAnswer, Standing]>([
    ['there when it is found', found({}), 'there'],
    ['gone from its deletion on', found({ deletedAt: 5 }), 'gone'],
    ['gone when it was deleted once more', found({ deletedAt: 7, undeletedAt: 6 }), 'gone'],
    ['there when it was taken back', found({ deletedAt: 5, undeletedAt: 6 }), 'there'],
    ['there in doubt', found({ deletedAt: 5, undeletedAt: 5 }), 'there'],
    ['gone when Vercel says 404', gone(404, true), 'gone'],
    ['gone at 410', gone(410, false), 'gone'],
    ['not told by a 404 of something in between', gone(404, false), 'later'],
    ['not told when it may not be read', { kind: 'unreadable', status: 403, message: '' }, 'untold'],
    [
      'not told when there is no answer',
      { kind: 'later', status: 500, message: '', retryAfterMs: null, executed: 'unknown' },
      'later',
    ],
  ])('is %s', (_, answer, standing) => {
    expect(standingOf(answer)).toBe(standing);
  });
});
