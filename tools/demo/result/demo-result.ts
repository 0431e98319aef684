import { writeFile } from 'node:fs/promises';
import { checkDeployment, checkServer, type Unexpected } from './checks.js';
import type { DeploymentObservation, ServerObservation } from './observations.js';
import type { DemoDeployment } from '../deployments.js';
import { seconds } from '../timeline/messages.js';

export interface DemoResult {
  readonly parts: readonly {
    part: DemoDeployment;
    observation: DeploymentObservation | null;
    unexpected: readonly Unexpected[];
  }[];
  readonly server: ServerObservation;
  readonly unexpectedOnServer: readonly Unexpected[];
  readonly asExpected: boolean;
}

export function evaluate(
  parts: readonly DemoDeployment[],
  observations: readonly DeploymentObservation[],
  server: ServerObservation,
): DemoResult {
  const checked = parts.map((part) => {
    const observation = observations.find((one) => one.part === part) ?? null;
    const never = [{ what: 'the deployment', expected: part.expect.deployment, seen: 'never created' }];
    return {
      part,
      observation,
      unexpected: observation === null ? never : checkDeployment(observation, observations),
    };
  });
  const unexpectedOnServer = checkServer(server);
  const asExpected =
    unexpectedOnServer.length === 0 && checked.every(({ unexpected }) => unexpected.length === 0);
  return { parts: checked, server, unexpectedOnServer, asExpected };
}

/** The last line of `--once`. */
export function lastLine({ parts }: DemoResult): string {
  const right = parts.filter(({ unexpected }) => unexpected.length === 0).length;
  return `demo: ${parts.length} deployments, ${right} as expected`;
}

/**
 * Returns one line per deployment, lines about the server, the audit and Vercel, and the unexpected values
 * in full.
 */
export function resultLines(result: DemoResult, lastOf: (id: string) => readonly string[]): string[] {
  const { parts, unexpectedOnServer } = result;
  return [
    ...parts.map(({ part, observation, unexpected }) => row(part, observation, unexpected.length === 0)),
    '',
    ...serverLines(result),
    ...parts.flatMap(({ part, observation, unexpected }) =>
      explain(part.name, unexpected, observation === null ? [] : lastOf(observation.view.id)),
    ),
    ...explain('PostgreSQL', unexpectedOnServer, []),
  ];
}

function row(
  { name, shows }: DemoDeployment,
  observation: DeploymentObservation | null,
  right: boolean,
): string {
  const end =
    observation === null ? '-' : `${observation.view.state}, ${observation.actions[0]?.state ?? 'no action'}`;
  const { createdAt = 0, settledAt = null } = observation?.view ?? {};
  const took = settledAt === null ? '-' : seconds(settledAt - createdAt);
  return `  ${right ? 'ok  ' : 'NOT '}  ${name.padEnd(12)}  ${end.padEnd(20)}  ${took.padStart(7)}  ${shows}`;
}

function serverLines({ parts, server, unexpectedOnServer }: DemoResult): string[] {
  const steps = parts
    .flatMap(({ observation }) => observation?.actions ?? [])
    .flatMap(({ transitions }) => transitions);
  const found = [...parts.flatMap(({ unexpected }) => unexpected), ...unexpectedOnServer].map(
    ({ what }) => what,
  );
  const not = (...subjects: string[]): string =>
    found.some((what) => subjects.some((subject) => what.includes(subject))) ? 'NOT ' : '';
  const { databases, roles, keys } = server;
  const counts = `${databases.length} databases and ${roles.length} roles`;
  return [
    `  branches   ${counts} in PostgreSQL, ${not('of branches')}the ${keys.length} of live ` +
      `deployments in Drawbridge's API`,
    `  templates  ${not('the rows of')}unchanged, and ${not('the template for')}closed to every branch`,
    `  audit      ${steps.length} transitions, ${not('the audit')}all allowed by the state machine`,
    `  vercel     ${not('that Vercel accepted')}every outcome accepted, ` +
      `${not('reports to Vercel')}no contradictory report`,
  ];
}

function explain(name: string, unexpected: readonly Unexpected[], last: readonly string[]): string[] {
  if (unexpected.length === 0) return [];
  const findings = unexpected.flatMap(({ what, expected, seen }) => [
    `  ${what}`,
    `    expected  ${JSON.stringify(expected)}`,
    `    seen      ${JSON.stringify(seen)}`,
  ]);
  return ['', `${name} is not as expected:`, ...findings, ...last.map((line) => `  | ${line}`)];
}

/**
 * Writes the result of each deployment: names of secrets, never their values. Durations are in milliseconds.
 */
export async function writeJson(file: string, result: DemoResult): Promise<void> {
  const deployments = result.parts.map(({ part, observation, unexpected }) => ({
    name: part.name,
    shows: part.shows,
    expected: part.expect,
    asExpected: unexpected.length === 0,
    unexpected,
    ...(observation === null ? { id: null } : observedResult(observation)),
  }));
  const { server, unexpectedOnServer, asExpected } = result;
  const report = { asExpected, deployments, house: { ...server, unexpected: unexpectedOnServer } };
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
}

function observedResult({ view, actions, built }: DeploymentObservation): object {
  const { createdAt, unblockedAt, settledAt } = view;
  const since = (at: number | null): number | null => (at === null ? null : at - createdAt);
  return {
    id: view.id,
    project: view.project,
    gitRef: view.gitRef,
    target: view.target ?? 'preview',
    state: view.state,
    env: Object.keys(view.env),
    built,
    actions: actions.map(({ action, state, outcome, reason, statusText, allocationKey, transitions }) => ({
      action,
      state,
      states: transitions.map(({ to }) => to),
      outcome,
      reason,
      statusText,
      allocationKey,
    })),
    durations: { untilUnblocked: since(unblockedAt), untilSettled: since(settledAt) },
  };
}
