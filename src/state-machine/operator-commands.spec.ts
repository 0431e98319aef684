import { describe, expect, it } from 'vitest';
import {
  OPERATOR_COMMANDS,
  EVENT_OF,
  ALLOWED_STATES,
  refusalOf,
  type CommandContext,
} from './operator-commands.js';
import { FAILURE_REPORTS, next, STATES } from './action-state.js';

const context = (over: Partial<CommandContext>): CommandContext => ({
  state: 'failed',
  reason: 'no-token',
  failureReport: 'none',
  late: false,
  ...over,
});

describe('an operator command', () => {
  it('is allowed only in states with a transition for its event', () => {
    for (const command of OPERATOR_COMMANDS) {
      for (const state of ALLOWED_STATES[command])
        expect(next(state, EVENT_OF[command]), `${command} in ${state}`).toBeDefined();
    }
  });

  it('is refused with a reason in every other state', () => {
    for (const command of OPERATOR_COMMANDS) {
      const possible = STATES.filter(
        (state) => refusalOf(command, context({ state, late: command === 'release' })) === null,
      );
      expect(possible).toEqual(ALLOWED_STATES[command]);
    }
  });

  it('retries only a failure that Vercel still waits for and has no report of', () => {
    const retriable = [...FAILURE_REPORTS, null].flatMap((failureReport) =>
      [false, true].flatMap((late) =>
        ['no-token', 'deployment-settled']
          .filter((reason) => refusalOf('retry', context({ failureReport, late, reason })) === null)
          .map((reason) => ({ failureReport, late, reason })),
      ),
    );
    expect(retriable).toEqual([{ failureReport: 'none', late: false, reason: 'no-token' }]);
  });

  it('cannot turn a possibly reported success into a failure', () => {
    expect(ALLOWED_STATES.cancel.map((state) => next(state, EVENT_OF.cancel))).toEqual([
      'failing',
      'failing',
    ]);
    expect(refusalOf('cancel', context({ state: 'reporting', late: true }))).toMatch(/contradict/);
  });
});
