import { describe, expect, it } from 'vitest';
import {
  ALLOCATION,
  foundOf,
  holding,
  runStateOf,
  stepPortsOf,
  viewOf,
} from '../../../test/support/action-run.js';
import type { ActionView } from '../../action/claims/action-view.js';
import type { StepPorts } from '../ports/step-ports.js';
import { advance } from './advance.js';
import type { RunMemory } from '../values/run-memory.js';
import { Signals } from '../values/signals.js';

const toReport = { text: 'ready', secrets: { A: 'a' } };
const fails = (over: Partial<ActionView> = {}) => holding({ state: 'failing', ...over });

/** Step ports that record the calls in order. Vercel finds every deployment and accepts every report. */
function world(): { called: string[]; ports: StepPorts } {
  const called: string[] = [];
  const noted = <T>(name: string, answer: T) => (called.push(name), Promise.resolve(answer));
  const ports = stepPortsOf({
    gateway: {
      getDeployment: () => noted('getDeployment', { kind: 'found', deployment: foundOf() } as const),
      updateAction: (_, { status }) => noted(`report ${status}`, { kind: 'accepted' } as const),
    },
    provisioner: {
      provision: () => noted('provision', { status: 'ready', handle: null } as const),
      deprovision: () => noted('deprovision', { status: 'gone' } as const),
    },
  });
  return { called, ports };
}

type Row = [string, ActionView, Partial<RunMemory>, string[], string];

describe('the next step', () => {
  it.each<Row>([
    ['of a queued action asks Vercel', viewOf(), {}, ['getDeployment'], 'begin'],
    ['provisions', holding({ state: 'provisioning' }), {}, ['provision'], 'ready'],
    ['provisions again for the secrets', holding({ state: 'reporting' }), {}, ['provision'], 'ready'],
    [
      'reports what is at hand',
      holding({ state: 'reporting' }),
      { toReport },
      ['report succeeded'],
      'accepted',
    ],
    [
      'reports an action that holds nothing',
      viewOf({ state: 'reporting' }),
      {},
      ['report succeeded'],
      'accepted',
    ],
    ['reports a failure', fails(), {}, ['report failed'], 'failure-reported'],
    [
      'releases the hold of a failure that was reported',
      fails({ failureReport: 'accepted' }),
      {},
      [],
      'release-hold',
    ],
    [
      'deprovisions as the last holder',
      fails({ failureReport: 'none', hold: 'closes' }),
      {},
      ['deprovision'],
      'gone',
    ],
    ['releases the hold of a cancel', holding({ state: 'canceling' }), {}, [], 'release-hold'],
    ['releases the hold of a cleanup', holding({ state: 'releasing' }), {}, [], 'release-hold'],
    [
      'calls neither Vercel nor a plugin for a deployment that is gone',
      viewOf(),
      { deploymentGone: true },
      [],
      'abandoned',
    ],
    ['goes on once it was released', viewOf({ state: 'releasing' }), { deploymentGone: true }, [], 'gone'],
  ])('%s', async (_, view, memory, calls, kind) => {
    const { called, ports } = world();
    const run = runStateOf(view, memory);
    const { result } = await advance(run, new Signals(), ports);
    expect([called, result.kind]).toEqual([calls, kind]);
  });

  it('changes nothing that it was given', async () => {
    const run = runStateOf(
      holding({ state: 'provisioning', allocation: { ...ALLOCATION, handle: { id: 1 } } }),
    );
    const before = structuredClone(run);
    const { ports } = world();
    await advance(run, new Signals(), ports);
    expect(run).toEqual(before);
  });

  it('does not exist for an action at rest', async () => {
    const run = runStateOf(viewOf({ state: 'succeeded' }));
    await expect(advance(run, new Signals(), world().ports)).rejects.toThrow('succeeded');
  });
});
