import { describe, expect, it } from 'vitest';
import { readDeployment, type VercelDeployment } from '../vercel/deployment/deployment-reader.js';
import { missingOf } from '../vercel/deployment/deployment-gone.js';
import type { DeploymentAnswer } from '../vercel/gateway.js';
import { isBuilding, deploymentStatusOf, type DeploymentStatus } from './deployment-status.js';

const found = (body: object): DeploymentAnswer => ({
  kind: 'found',
  deployment: readDeployment(body, 'dpl_1') as VercelDeployment,
});
const missing = (status: 404 | 410, code: string) =>
  missingOf(status, 'dpl_1', code, { message: null }) as DeploymentAnswer;

describe('how a deployment stands', () => {
  it.each<[string, DeploymentAnswer, DeploymentStatus]>([
    ['there when it is found', found({}), 'there'],
    ['deleted from its deletion on', found({ deletedAt: 5 }), 'deleted'],
    ['deleted when it was deleted once more', found({ deletedAt: 7, undeletedAt: 6 }), 'deleted'],
    ['there when it was taken back', found({ deletedAt: 5, undeletedAt: 6 }), 'there'],
    ['there in doubt', found({ deletedAt: 5, undeletedAt: 5 }), 'there'],
    ['failed when its build ended in an error', found({ readyState: 'ERROR' }), 'failed'],
    ['failed when it was canceled', found({ readyState: 'CANCELED' }), 'failed'],
    ['deleted when it failed and was deleted', found({ readyState: 'ERROR', deletedAt: 5 }), 'deleted'],
    ['there while it is blocked, which may end', found({ readyState: 'BLOCKED' }), 'there'],
    ['there with a state that is not known yet', found({ readyState: 'NEW' }), 'there'],
    ['gone when Vercel finds none', missing(404, 'not_found'), 'gone'],
    ['gone when Vercel says that it was deleted', missing(410, 'deployment_deleted'), 'gone'],
    ['not told when it may not be read', { kind: 'unreadable', status: 403, message: '' }, 'untold'],
    [
      'not told when there is no answer',
      { kind: 'later', status: 500, message: '', retryAfterMs: null, executed: 'unknown' },
      'later',
    ],
  ])('is %s', (_, answer, standing) => {
    expect(deploymentStatusOf(answer)).toBe(standing);
  });

  it.each([
    ['QUEUED', true],
    ['BUILDING', true],
    ['INITIALIZING', true],
    ['READY', false],
    ['ERROR', false],
    ['CANCELED', false],
  ])('%s may still fail: %s', (readyState, building) => {
    expect(isBuilding(found({ readyState }))).toBe(building);
  });

  it('is not asked about sooner when Vercel does not say how far the build is', () => {
    expect(isBuilding(found({}))).toBe(false);
  });
});
