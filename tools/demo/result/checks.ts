import { isDeepStrictEqual } from 'node:util';
import { next, type From } from '../../../src/state-machine/action-state.js';
import { SQLSTATE } from '../../../src/errors/database-error.js';
import type { TransitionAnswer } from '../../../src/api/actions/action-answer.js';
import { UNCHANGED_TEMPLATE, type DeploymentObservation, type ServerObservation } from './observations.js';
import { TEMPLATE_ROWS } from '../environment/templates.js';
import { operationOf } from '../timeline/messages.js';

/** A value that differs from the expected one. */
export interface Unexpected {
  readonly what: string;
  readonly expected: unknown;
  readonly seen: unknown;
}

/** PostgreSQL's codes for a missing privilege, and for a missing login or database. */
const NO_PRIVILEGE = SQLSTATE.insufficientPrivilege;
const REFUSED_CONNECTION: readonly string[] = [
  SQLSTATE.invalidPassword,
  SQLSTATE.invalidAuthorization,
  SQLSTATE.invalidCatalogName,
];

/** Compares one deployment with its expectation. `all` shows which deployments share its database. */
export function checkDeployment(
  observation: DeploymentObservation,
  all: readonly DeploymentObservation[],
): Unexpected[] {
  return [
    ...checkEnd(observation),
    ...checkBuild(observation),
    ...checkBranch(observation, all),
    ...checkWebhooks(observation),
    ...checkReports(observation),
    ...observation.actions.flatMap(({ transitions }) => checkAudit(transitions)),
  ];
}

function compare(what: string, expected: unknown, seen: unknown): Unexpected[] {
  return isDeepStrictEqual(expected, seen) ? [] : [{ what, expected, seen }];
}

function checkEnd({ part: { expect }, view, actions }: DeploymentObservation): Unexpected[] {
  const states = actions.map(({ state }) => state);
  return [
    ...compare('the deployment', expect.deployment, view.state),
    ...compare("Drawbridge's action", [expect.action], states),
  ];
}

function checkBuild({ part: { expect }, built }: DeploymentObservation): Unexpected[] {
  const builds = compare('the builds in its database', expect.builds, built?.builds ?? null);
  if (built === null) return builds;
  const { users, products, orders } = built;
  return [
    ...builds,
    ...compare("the template's rows in its database", TEMPLATE_ROWS, { users, products, orders }),
  ];
}

function checkBranch(
  { part: { expect }, connection, actions, view }: DeploymentObservation,
  all: readonly DeploymentObservation[],
): Unexpected[] {
  const { branchOf } = expect;
  if (connection === null) return compare('the deployments with its database', branchOf, []);
  if (connection.way === 'closed') {
    const access = REFUSED_CONNECTION.includes(connection.code) ? 'closed' : connection.code;
    return compare('the access to its database', branchOf.length === 0 ? 'closed' : 'open', access);
  }
  const { database } = connection;
  const sharing = all.filter(
    (other) => other.connection?.way === 'open' && other.connection.database === database,
  );
  const names = [database, view.env['PGDATABASE'], actions[0]?.allocationKey];
  return [
    ...compare(
      'the deployments with its database',
      branchOf,
      sharing.map(({ part }) => part.name),
    ),
    ...compare('its database, PGDATABASE and allocation key', [database, database, database], names),
    ...compare("the template for its branch's role", NO_PRIVILEGE, connection.template),
  ];
}

function checkWebhooks({ part: { expect }, entries, actions }: DeploymentObservation): Unexpected[] {
  const arrived = entries.filter((entry) => entry.kind === 'webhook.result' && entry.outcome === 'delivered');
  const sent = entries.filter((entry) => entry.kind === 'webhook.sent' && !entry.dropped);
  const operations = sent.map((entry) => operationOf('type' in entry ? entry.type : ''));
  const starts = arrived.filter((entry) => 'type' in entry && operationOf(entry.type) === 'start');
  return [
    ...compare('the number of its start webhooks', expect.starts ?? 1, starts.length),
    ...compare('the number of its recorded start webhooks', expect.starts ?? 1, recorded(actions, 'start')),
    ...(expect.order === undefined ? [] : compare('the order of its webhooks', expect.order, operations)),
  ];
}

function recorded(actions: DeploymentObservation['actions'], operation: string): number {
  const deliveries = actions.flatMap((action) => action.deliveries);
  return deliveries.reduce((sum, { type, times }) => sum + (operationOf(type) === operation ? times : 0), 0);
}

function checkReports({ part: { expect }, view, entries, actions }: DeploymentObservation): Unexpected[] {
  const violations = entries.flatMap((entry) => (entry.kind === 'violation' ? [entry.message] : []));
  const refusals = entries.flatMap((entry) =>
    entry.kind === 'api' && entry.fault !== null ? [entry.status] : [],
  );
  const texts = view.actions.flatMap(({ reports }) => reports.map(({ statusText }) => statusText ?? ''));
  const { says } = expect;
  return [
    ...compare('contradictory reports to Vercel', [], violations),
    ...compare("refusals of Vercel's API", expect.refusals ?? [], refusals),
    ...(says === undefined || texts.some((text) => text.includes(says))
      ? []
      : [{ what: 'a status text', expected: says, seen: texts }]),
    ...actions.flatMap(({ outcome }) =>
      checkOutcome(
        outcome,
        view.actions.map(({ status }) => status),
      ),
    ),
  ];
}

/** The outcome that Drawbridge stored is the one that Vercel accepted. */
function checkOutcome(outcome: string | null, taken: readonly string[]): Unexpected[] {
  return outcome === null ? [] : compare('the outcome that Vercel accepted', [outcome], taken);
}

/** Each transition is in the state machine's table and begins where the transition before it ended. */
export function checkAudit(
  transitions: readonly Pick<TransitionAnswer, 'event' | 'from' | 'to'>[],
): Unexpected[] {
  let at: From = 'none';
  for (const { event, from, to } of transitions) {
    const expected: string = next(at, event) ?? `no ${event} from ${at}`;
    if (from !== at || to !== expected) {
      return [{ what: 'the audit', expected: `${at} → ${expected}`, seen: `${from} → ${to}` }];
    }
    at = to;
  }
  return transitions.length > 0 ? [] : [{ what: 'the audit', expected: 'transitions', seen: 'none' }];
}

/** Only branches of live deployments exist, and the templates are unchanged. */
export function checkServer({ databases, roles, keys, templates }: ServerObservation): Unexpected[] {
  return [
    ...compare('databases of branches that no live deployment has', [], without(databases, keys)),
    ...compare('databases of branches that are missing', [], without(keys, databases)),
    ...compare('roles of branches that no live deployment has', [], without(roles, keys)),
    ...compare('roles of branches that are missing', [], without(keys, roles)),
    ...Object.entries(templates).flatMap(([name, rows]) =>
      compare(`the rows of ${name}`, UNCHANGED_TEMPLATE, rows),
    ),
  ];
}

function without(names: readonly string[], others: readonly string[]): string[] {
  return names.filter((name) => !others.includes(name));
}
