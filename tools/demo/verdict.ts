import { writeFile } from 'node:fs/promises';
import { judge, judgeHouse, type Unexpected } from './checks.js';
import type { DemoEvidence, HouseEvidence } from './evidence.js';
import type { ScenarioPart } from './scenario.js';
import { seconds } from './wording.js';

export interface Verdict {
  readonly parts: readonly {
    part: ScenarioPart;
    evidence: DemoEvidence | null;
    unexpected: readonly Unexpected[];
  }[];
  readonly house: HouseEvidence;
  readonly unexpectedInHouse: readonly Unexpected[];
  readonly asExpected: boolean;
}

export function reachVerdict(
  parts: readonly ScenarioPart[],
  evidence: readonly DemoEvidence[],
  house: HouseEvidence,
): Verdict {
  const judged = parts.map((part) => {
    const mine = evidence.find((one) => one.part === part) ?? null;
    const never = [{ what: 'the deployment', expected: part.expect.deployment, seen: 'never created' }];
    return { part, evidence: mine, unexpected: mine === null ? never : judge(mine, evidence) };
  });
  const unexpectedInHouse = judgeHouse(house);
  const asExpected =
    unexpectedInHouse.length === 0 && judged.every(({ unexpected }) => unexpected.length === 0);
  return { parts: judged, house, unexpectedInHouse, asExpected };
}

/** The last line of `--once`. */
export function lastLine({ parts }: Verdict): string {
  const right = parts.filter(({ unexpected }) => unexpected.length === 0).length;
  return `demo: ${parts.length} deployments, ${right} as expected`;
}

/** A line for each deployment, for what was left, for the audit; and what is not as expected in full. */
export function tell(verdict: Verdict, lastOf: (id: string) => readonly string[]): string[] {
  const { parts, unexpectedInHouse } = verdict;
  return [
    ...parts.map(({ part, evidence, unexpected }) => row(part, evidence, unexpected.length === 0)),
    '',
    ...houseLines(verdict),
    ...parts.flatMap(({ part, evidence, unexpected }) =>
      explain(part.name, unexpected, evidence === null ? [] : lastOf(evidence.view.id)),
    ),
    ...explain('PostgreSQL', unexpectedInHouse, []),
  ];
}

function row({ name, shows }: ScenarioPart, evidence: DemoEvidence | null, right: boolean): string {
  const end =
    evidence === null ? '-' : `${evidence.view.state}, ${evidence.actions[0]?.state ?? 'no action'}`;
  const { createdAt = 0, settledAt = null } = evidence?.view ?? {};
  const took = settledAt === null ? '-' : seconds(settledAt - createdAt);
  return `  ${right ? 'ok  ' : 'NOT '}  ${name.padEnd(12)}  ${end.padEnd(20)}  ${took.padStart(7)}  ${shows}`;
}

function houseLines({ parts, house, unexpectedInHouse }: Verdict): string[] {
  const steps = parts
    .flatMap(({ evidence }) => evidence?.actions ?? [])
    .flatMap(({ transitions }) => transitions);
  const found = [...parts.flatMap(({ unexpected }) => unexpected), ...unexpectedInHouse].map(
    ({ what }) => what,
  );
  const not = (...subjects: string[]): string =>
    found.some((what) => subjects.some((subject) => what.includes(subject))) ? 'NOT ' : '';
  const { databases, roles, keys } = house;
  const counts = `${databases.length} databases and ${roles.length} roles`;
  return [
    `  branches   ${counts} in PostgreSQL, ${not('of branches')}the ${keys.length} of live deployments in Drawbridge's API`,
    `  templates  ${not('the rows of')}untouched, and ${not('the template for')}closed to every branch`,
    `  audit      ${steps.length} transitions, ${not('the audit')}all legal`,
    `  vercel     ${not('that Vercel took')}every outcome accepted, ${not('that Vercel heard')}without a contradiction`,
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

/** What each deployment got; names of secrets, never their values. Durations are in milliseconds. */
export async function writeJson(file: string, verdict: Verdict): Promise<void> {
  const deployments = verdict.parts.map(({ part, evidence, unexpected }) => ({
    name: part.name,
    shows: part.shows,
    expected: part.expect,
    asExpected: unexpected.length === 0,
    unexpected,
    ...(evidence === null ? { id: null } : got(evidence)),
  }));
  const { house, unexpectedInHouse, asExpected } = verdict;
  const report = { asExpected, deployments, house: { ...house, unexpected: unexpectedInHouse } };
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
}

function got({ view, actions, built }: DemoEvidence): object {
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
