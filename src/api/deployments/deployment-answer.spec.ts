import { expect, it } from 'vitest';
import type { DeploymentAbsent, DeploymentGone } from '../../vercel/deployment/deployment-gone.js';
import { readDeployment, type VercelDeployment } from '../../vercel/deployment/deployment-reader.js';
import { deploymentView, type DeploymentReply } from './deployment-answer.js';
import type { LookedUp } from '../../deployments/deployment-lookup.js';

const deployment = readDeployment({ deletedAt: 1_000, undeletedAt: 2_000 }, 'dpl_1') as VercelDeployment;
const ANSWERS = {
  found: { kind: 'found', deployment: deployment },
  gone: { kind: 'gone', status: 410, message: '' } as DeploymentGone,
  later: { kind: 'later', status: null, message: '', retryAfterMs: null, executed: 'no' },
  unreadable: { kind: 'unreadable', status: 403, message: '' },
  absent: { kind: 'absent', status: 404, message: '' } as DeploymentAbsent,
} as const satisfies Record<string, LookedUp>;

const replies = (...kinds: (keyof typeof ANSWERS)[]): DeploymentReply[] =>
  kinds.map((kind) => ({ installationId: `icfg_${kind}`, answer: ANSWERS[kind] }));
const NOTHING = { actions: 0, live: 0, made: 0 };

it.each<[string, (keyof typeof ANSWERS)[]]>([
  ['found', ['absent', 'later', 'found']],
  ['gone', ['absent', 'gone', 'later']],
  ['unanswered', ['absent', 'later']],
  ['unreadable', ['absent', 'unreadable']],
  ['gone', ['absent', 'absent']],
])('deploymentView returns %s for the answers %j', (expected, kinds) => {
  expect(deploymentView('dpl_1', NOTHING, replies(...kinds)).vercel).toBe(expected);
});

it('deploymentView explains that a restored deployment lost its allocation only when it had one', () => {
  const note = (made: number) =>
    deploymentView('dpl_1', { actions: 1, live: 0, made }, replies('found')).note;
  expect(note(1)).toContain('Redeploy it');
  expect(note(0)).toBe('The deployment has 1 action(s).');
});
