/**
 * Draws docs/state-machine.md from the table in src/state-machine/action-state.ts.
 *
 *   node scripts/state-machine.ts           writes the page
 *   node scripts/state-machine.ts --check   fails when the page is not what it would write
 */
import {
  EVENTS,
  FAIL_REASONS,
  isWorking,
  next,
  RELEASE_REASONS,
  STATES,
  TRANSITIONS,
  type Event,
  type FailReason,
  type From,
  type ReleaseReason,
  type State,
} from '../src/state-machine/action-state.ts';
import { table as tableOf, writeOrCheck } from './fresh.ts';

const FROMS = Object.keys(TRANSITIONS) as From[];

const STATE_TEXT: Record<State, string> = {
  queued:
    'Recorded and not begun. A worker fetches the deployment, which tells the git branch and so the ' +
    'allocation. When the deadline passes here, the action fails.',
  provisioning:
    "It holds an allocation, and the plugin's `provision` is called until it says `ready`. `pending` " +
    'answers become the status text that Vercel shows. A cancel, an abort or a cleanup ends the call.',
  reporting:
    'The verdict is `succeeded` and committed; Vercel is told until it accepts it or refuses it for ' +
    'good. The deadline has no say any more. A worker that takes over calls `provision` again, gets the ' +
    'same secrets, and repeats the report. After `skip` there is nothing to call.',
  succeeded:
    'Vercel accepted `succeeded` and has the secrets. The only resting state that owns something ' +
    'outside; after `skip` it owns nothing either.',
  failing:
    'The verdict is `failed` and committed; it is reported to Vercel with the reason, except for ' +
    '`deployment-settled`. Then the action lets go of its allocation, whatever Vercel answered.',
  failed:
    'At rest. It owns nothing. An operator may retry it while Vercel waits and certainly has no verdict.',
  canceling:
    'Canceled by Vercel. It lets go of its allocation; the last holder calls `deprovision` until that ' +
    'says `gone`. Nothing is reported: Vercel has no such status.',
  canceled: 'At rest. It owns nothing. A start that comes late does not wake it.',
  releasing:
    'The deployment was deleted, or nobody needs it any more (`release`). It lets go of its allocation ' +
    'as in `canceling`.',
  released: 'At rest for good. It owns nothing and no event leads out.',
};

const EVENT_TEXT: Record<Event, string> = {
  start: "Vercel's `deployment.integration.action.start`: a deployment waits for this action.",
  cancel:
    "Vercel's `deployment.integration.action.cancel`. It may come before its start: then it leaves a row " +
    'that the start cannot wake.',
  cleanup: "Vercel's `deployment.integration.action.cleanup`: the deployment is deleted for good.",
  begin:
    'A worker joined the open allocation of the git branch (or deployment), or opened the next generation.',
  skip:
    'The action does not serve the environment of this deployment (`environments`, `elsewhere: ' +
    'succeed`): Vercel is told `succeeded` without secrets. It never holds an allocation.',
  ready: 'The plugin answered `ready` before the deadline.',
  accepted: 'Vercel accepted the report `succeeded`.',
  refused: 'Vercel refused the report `succeeded` for good; repeating it cannot help.',
  fail: 'It cannot succeed any more; the reason is kept apart from the state.',
  abort:
    'An operator canceled the action. That is the verdict `failed`, with the words of the operator for ' +
    'the customer. There is no such way out of `reporting`: Vercel may have `succeeded` already.',
  gone:
    'Nothing of it is left: it held nothing, others hold the allocation, or `deprovision` said `gone` ' +
    'when no earlier call could land any more.',
  retry: 'An operator tries again. The deadline stays.',
  release:
    'An operator gives the resource back, its retention is over, its installation was removed, or Vercel ' +
    'no longer has the deployment.',
};

const REASON_TEXT: Record<FailReason, string> = {
  deadline: 'Not ready before its deadline.',
  permanent: 'The plugin threw `PermanentError`; its message is shown to the person who deploys.',
  'undeclared-action': 'config/actions.yaml has no such action.',
  'unknown-resource': 'The resource is not known to this server.',
  'no-token': 'The installation has no access token that works.',
  'deployment-not-found':
    "The installation's token finds no such deployment: most likely it is another team's.",
  misbehaved: 'The plugin broke its contract.',
  'not-served':
    'Its definition does not serve the deployment: the commit of a fork (`forks: refuse`), or another ' +
    'environment (`elsewhere: fail`). Or that cannot be told, because the token may not read the deployment.',
  'canceled-by-operator': 'An operator canceled it (`abort`). Vercel shows their words.',
  'deployment-settled':
    'Vercel no longer waits: the deployment is `ERROR` or `CANCELED`, or `integrations.status` is ' +
    '`error`, `skipped` or `timeout`; for a retry also `READY` and `ready`. A start is served then: a ' +
    'deployment does not wait for an action that its resource does not require. Nothing was made, and ' +
    'nothing is reported.',
};

const RELEASE_TEXT: Record<ReleaseReason, string> = {
  'deployment-gone': 'Vercel has deleted the deployment, or does not find it beside others that it finds.',
  'deployment-failed':
    'The deployment failed or was canceled at Vercel, and no cleanup came within `retainFailed`.',
  'installation-removed': 'The customer removed the integration.',
  retained: "It succeeded longer ago than the action's `retain`.",
};

function page(): string {
  return `# The state machine of an action

<!-- Written by scripts/state-machine.ts from src/state-machine/action-state.ts. Change it there and run \`node scripts/state-machine.ts\`. -->

An adjective names where an action rests, \`-ing\` where a worker acts. Spelling follows Vercel (\`canceled\`).
An event without an entry changes nothing and is still recorded with its delivery.

${diagram()}

## Table

${table()}

## States

${STATES.map((state) => `**${state}** (${isWorking(state) ? 'a worker acts' : 'at rest'}). ${STATE_TEXT[state]}`).join('\n\n')}

## Events

${EVENTS.map((event) => `**${event}**. ${EVENT_TEXT[event]}`).join('\n\n')}

## Reasons of \`fail\` and \`abort\`

${FAIL_REASONS.map((reason) => `**${reason}**. ${REASON_TEXT[reason]}`).join('\n\n')}

## Reasons of \`release\`

An operator gives a reason of their own.

${RELEASE_REASONS.map((reason) => `**${reason}**. ${RELEASE_TEXT[reason]}`).join('\n\n')}
`;
}

function diagram(): string {
  const arrows = FROMS.flatMap((from) =>
    targetsOf(from).map(([to, events]) => `    ${nodeOf(from)} --> ${to}: ${events.join(', ')}`),
  );
  return ['```mermaid', 'stateDiagram-v2', ...arrows, '    released --> [*]', '```'].join('\n');
}

const nodeOf = (from: From) => (from === 'none' ? '[*]' : from);

/** The states that `from` leads to, each with the events that lead there: one arrow each. */
function targetsOf(from: From): [State, Event[]][] {
  const targets = new Map<State, Event[]>();
  for (const event of EVENTS) {
    const to = next(from, event);
    if (to !== undefined) targets.set(to, [...(targets.get(to) ?? []), event]);
  }
  return [...targets];
}

function table(): string {
  const rows = FROMS.map((from) => [
    from === 'none' ? '(no row)' : `**${from}**`,
    ...EVENTS.map((event) => next(from, event) ?? ''),
  ]);
  return tableOf(['from', ...EVENTS], rows);
}

await writeOrCheck('scripts/state-machine.ts', [{ path: 'docs/state-machine.md', text: page }]);
