import { isDeepStrictEqual } from 'node:util';
import { next, type From } from '../../../src/state-machine/action-state.js';
import { SQLSTATE } from '../../../src/errors/database-error.js';
import type { TransitionAnswer } from '../../../src/api/actions/action-answer.js';
import { UNTOUCHED, type DemoEvidence, type ServerEvidence } from './evidence.js';
import { TEMPLATE_ROWS } from '../environment/templates.js';
import { operationOf } from '../timeline/messages.js';

/** A value that differs from the expected one. */
export interface Unexpected {
  readonly what: string;
  readonly expected: unknown;
  readonly seen: unknown;
}

/** PostgreSQL's codes for a role that may not connect, and for a missing login or database. */
const NO_PRIVILEGE = SQLSTATE.insufficientPrivilege;
const NO_WAY_IN: readonly string[] = [
  SQLSTATE.invalidPassword,
  SQLSTATE.invalidAuthorization,
  SQLSTATE.invalidCatalogName,
];

/** Compares one deployment with its expectation. `all` shows which deployments share its database. */
export function checkDeployment(evidence: DemoEvidence, all: readonly DemoEvidence[]): Unexpected[] {
  return [
    ...judgeEnd(evidence),
    ...judgeBuild(evidence),
    ...judgeBranch(evidence, all),
    ...judgeWebhooks(evidence),
    ...judgeReports(evidence),
    ...evidence.actions.flatMap(({ transitions }) => judgeAudit(transitions)),
  ];
}

function compare(what: string, expected: unknown, seen: unknown): Unexpected[] {
  return isDeepStrictEqual(expected, seen) ? [] : [{ what, expected, seen }];
}

function judgeEnd({ part: { expect }, view, actions }: DemoEvidence): Unexpected[] {
  const states = actions.map(({ state }) => state);
  return [
    ...compare('the deployment', expect.deployment, view.state),
    ...compare("Drawbridge's action", [expect.action], states),
  ];
}

function judgeBuild({ part: { expect }, built }: DemoEvidence): Unexpected[] {
  const builds = compare('the builds that ran on its database by then', expect.builds, built?.builds ?? null);
  if (built === null) return builds;
  const { users, products, orders } = built;
  return [
    ...builds,
    ...compare("the template's rows on its database", TEMPLATE_ROWS, { users, products, orders }),
  ];
}

function judgeBranch(
  { part: { expect }, visit, actions, view }: DemoEvidence,
  all: readonly DemoEvidence[],
): Unexpected[] {
  const { branchOf } = expect;
  if (visit === null) return compare('who has its database', branchOf, []);
  if (visit.way === 'closed') {
    const shut = NO_WAY_IN.includes(visit.code) ? 'closed' : visit.code;
    return compare('the access to its database', branchOf.length === 0 ? 'closed' : 'open', shut);
  }
  const { database } = visit;
  const sharing = all.filter((other) => other.visit?.way === 'open' && other.visit.database === database);
  const names = [database, view.env['PGDATABASE'], actions[0]?.allocationKey];
  return [
    ...compare(
      'who has its database',
      branchOf,
      sharing.map(({ part }) => part.name),
    ),
    ...compare('its database, PGDATABASE and allocation key', [database, database, database], names),
    ...compare("the template for its branch's role", NO_PRIVILEGE, visit.template),
  ];
}

function judgeWebhooks({ part: { expect }, entries, actions }: DemoEvidence): Unexpected[] {
  const arrived = entries.filter((entry) => entry.kind === 'webhook.result' && entry.outcome === 'delivered');
  const sent = entries.filter((entry) => entry.kind === 'webhook.sent' && !entry.dropped);
  const operations = sent.map((entry) => operationOf('type' in entry ? entry.type : ''));
  const starts = arrived.filter((entry) => 'type' in entry && operationOf(entry.type) === 'start');
  return [
    ...compare('how often its start webhook arrived', expect.starts ?? 1, starts.length),
    ...compare('how often it is on record', expect.starts ?? 1, recorded(actions, 'start')),
    ...(expect.order === undefined ? [] : compare('the order of its webhooks', expect.order, operations)),
  ];
}

function recorded(actions: DemoEvidence['actions'], operation: string): number {
  const deliveries = actions.flatMap((action) => action.deliveries);
  return deliveries.reduce((sum, { type, times }) => sum + (operationOf(type) === operation ? times : 0), 0);
}

function judgeReports({ part: { expect }, view, entries, actions }: DemoEvidence): Unexpected[] {
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
      : [{ what: 'a text', expected: says, seen: texts }]),
    ...actions.flatMap(({ outcome }) =>
      judgeOutcome(
        outcome,
        view.actions.map(({ status }) => status),
      ),
    ),
  ];
}

/** The outcome that Drawbridge stored is the one that Vercel accepted. */
function judgeOutcome(outcome: string | null, taken: readonly string[]): Unexpected[] {
  return outcome === null ? [] : compare('the outcome that Vercel accepted', [outcome], taken);
}

/** Each transition is in the state machine's table and begins where the one before ended. */
export function judgeAudit(
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
export function checkServer({ databases, roles, keys, templates }: ServerEvidence): Unexpected[] {
  return [
    ...compare('databases of branches that no live deployment has', [], without(databases, keys)),
    ...compare('databases of branches that are missing', [], without(keys, databases)),
    ...compare('roles of branches that no live deployment has', [], without(roles, keys)),
    ...compare('roles of branches that are missing', [], without(keys, roles)),
    ...Object.entries(templates).flatMap(([name, rows]) => compare(`the rows of ${name}`, UNTOUCHED, rows)),
  ];
}

function without(names: readonly string[], others: readonly string[]): string[] {
  return names.filter((name) => !others.includes(name));
}
