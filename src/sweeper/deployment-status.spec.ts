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

describe('the status of a deployment', () => {
  it.each<[string, DeploymentAnswer, DeploymentStatus]>([
    ['there when it is found', found({}), 'there'],
    ['deleted from its deletion on', found({ deletedAt: 5 }), 'deleted'],
    ['deleted when it was deleted again', found({ deletedAt: 7, undeletedAt: 6 }), 'deleted'],
    ['there when it was restored', found({ deletedAt: 5, undeletedAt: 6 }), 'there'],
    [
      'there when deletion and restoration have the same time',
      found({ deletedAt: 5, undeletedAt: 5 }),
      'there',
    ],
    ['failed when its build ended in an error', found({ readyState: 'ERROR' }), 'failed'],
    ['failed when it was canceled', found({ readyState: 'CANCELED' }), 'failed'],
    ['deleted when it failed and was deleted', found({ readyState: 'ERROR', deletedAt: 5 }), 'deleted'],
    ['there while it is blocked', found({ readyState: 'BLOCKED' }), 'there'],
    ['there with an unknown state', found({ readyState: 'NEW' }), 'there'],
    ['gone when Vercel does not find it', missing(404, 'not_found'), 'gone'],
    ['gone when Vercel answers that it was deleted', missing(410, 'deployment_deleted'), 'gone'],
    ['untold when it cannot be read', { kind: 'unreadable', status: 403, message: '' }, 'untold'],
    [
      'later without an answer',
      { kind: 'later', status: 500, message: '', retryAfterMs: null, executed: 'unknown' },
      'later',
    ],
  ])('is %s', (_, answer, expected) => {
    expect(deploymentStatusOf(answer)).toBe(expected);
  });

  it.each([
    ['QUEUED', true],
    ['BUILDING', true],
    ['INITIALIZING', true],
    ['READY', false],
    ['ERROR', false],
    ['CANCELED', false],
  ])('may still change to failed for the state %s: %s', (readyState, building) => {
    expect(isBuilding(found({ readyState }))).toBe(building);
  });

  it('does not count as building without a state', () => {
    expect(isBuilding(found({}))).toBe(false);
  });
});
