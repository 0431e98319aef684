/**
 * Generates docs/state-machine.md from the table in src/state-machine/action-state.ts.
 *
 *   node scripts/state-machine.ts           writes the page
 *   node scripts/state-machine.ts --check   fails if the page is outdated
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
import { table as tableOf, writeOrCheck } from './generated-files.ts';

const FROMS = Object.keys(TRANSITIONS) as From[];

const STATE_TEXT: Record<State, string> = {
  queued:
    'The start is stored and no allocation is held yet. A worker reads the deployment from Vercel; its git branch decides the ' +
    'allocation. If the deadline passes in this state, the action fails.',
  provisioning:
    "The action holds an allocation. A worker calls the plugin's `provision` until it answers `ready`. `pending` " +
    'answers become the status text that Vercel shows. A cancel, an abort or a cleanup ends the call.',
  reporting:
    'The verdict `succeeded` is committed. A worker reports it until Vercel accepts it or refuses it permanently. The deadline no longer applies. A worker that takes over calls `provision` again, gets the same secrets, and repeats the report. After `skip` it calls no plugin.',
  succeeded:
    'Vercel accepted `succeeded` and has the secrets. This is the only resting state that holds an allocation; after `skip` it holds none either.',
  failing:
    'The verdict `failed` is committed. A worker reports it to Vercel with the reason, except for ' +
    '`deployment-settled`. Then the action gives its allocation back, whatever Vercel answered.',
  failed:
    'The action holds nothing. An operator may retry it while Vercel waits and certainly has no verdict.',
  canceling:
    'Vercel canceled the action. It gives its allocation back; the last holder calls `deprovision` until it answers `gone`. Nothing is reported, because Vercel has no such status.',
  canceled: 'The action holds nothing. A late start does not wake it.',
  releasing:
    'The deployment was deleted, or the action was released (`release`). The action gives its allocation back as in `canceling`.',
  released: 'The action holds nothing, and no event leaves this state.',
};

const EVENT_TEXT: Record<Event, string> = {
  start: "Vercel's `deployment.integration.action.start`: a deployment waits for this action.",
  cancel:
    "Vercel's `deployment.integration.action.cancel`. If it arrives before its start, it leaves a row " +
    'that the start cannot wake.',
  cleanup: "Vercel's `deployment.integration.action.cleanup`: the deployment is permanently deleted.",
  begin:
    'A worker joined the open allocation of the git branch (or deployment), or opened the next generation.',
  skip:
    'The action does not serve the environment of this deployment (`environments`, `elsewhere: ' +
    'succeed`): the worker reports `succeeded` without secrets. The action never holds an allocation.',
  ready: 'The plugin answered `ready` before the deadline.',
  accepted: 'Vercel accepted the report `succeeded`.',
  refused: 'Vercel permanently refused the report `succeeded`; a repetition cannot help.',
  fail: 'The action can no longer succeed. Its reason is stored separately from the state.',
  abort:
    "An operator canceled the action. This is the verdict `failed`, with the operator's text for " +
    'the customer. `reporting` has no such event, because Vercel may have received `succeeded` already.',
  gone:
    'The action holds nothing more: it held no allocation, other actions hold it, or `deprovision` answered `gone` ' +
    'when no earlier call could still take effect.',
  retry: 'An operator tries again. The deadline stays.',
  release:
    'An operator releases the action, its `retain` has passed, its installation was removed, or Vercel ' +
    'no longer has the deployment.',
};

const REASON_TEXT: Record<FailReason, string> = {
  deadline: 'The plugin was not ready before the deadline.',
  permanent: 'The plugin threw `PermanentError`; the person who deploys reads its message.',
  'undeclared-action': 'config/actions.yaml does not declare the action.',
  'unknown-resource': 'This server does not know the resource.',
  'no-token': 'The installation has no valid access token.',
  'deployment-not-found':
    "The installation's token finds no such deployment; most likely the token belongs to another team.",
  misbehaved: 'The plugin broke its contract.',
  'not-served':
    'The action does not serve the deployment: a commit of a fork (`forks: refuse`), or another ' +
    'environment (`elsewhere: fail`). The reason also applies if the token may not read the deployment, so that neither can be checked.',
  'canceled-by-operator': "An operator canceled the action (`abort`). Vercel shows the operator's text.",
  'deployment-settled':
    'Vercel no longer waits: the deployment is `ERROR` or `CANCELED`, or `integrations.status` is ' +
    '`error`, `skipped` or `timeout`; for a retry also `READY` and `ready`. A start continues in the last two cases, because a ' +
    'deployment does not wait for an action that its resource does not require. Nothing was made, and ' +
    'nothing is reported.',
};

const RELEASE_TEXT: Record<ReleaseReason, string> = {
  'deployment-gone': 'Vercel has deleted the deployment, or does not find it although it finds others.',
  'deployment-failed':
    'The deployment failed or was canceled at Vercel, and no cleanup came within `retainFailed`.',
  'installation-removed': 'The customer removed the integration.',
  retained: 'The action succeeded longer ago than its `retain`.',
};

function page(): string {
  return `# The state machine of an action

<!-- Generated by scripts/state-machine.ts from src/state-machine/action-state.ts.
Change the code and run \`node scripts/state-machine.ts\`. -->

A worker acts on states ending in \`-ing\` and on \`queued\`; in all other states the action rests until the
next event. Spelling follows Vercel (\`canceled\`). An event in an empty cell changes nothing; its delivery is
still stored.

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

An operator enters a free text as the reason.

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

/** The target states of `from`, each with its events: one arrow each. */
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
