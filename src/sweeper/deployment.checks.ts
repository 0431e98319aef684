import { setTimeout as sleep } from 'node:timers/promises';
import type { DueCheck } from '../action/action.check.js';
import { CHECK_AFTER_SECONDS } from '../action/action.record.js';
import type { ActionStore } from '../action/action.store.js';
import type { JobSubject } from '../database/queue.js';
import type { Access } from '../installation/access.js';
import type { VercelGateway } from '../vercel/gateway.js';
import { standingOf, type Standing } from './standing.js';

/** Actions whose deployments one sweep asks about; the rest is due at the next, a minute later. */
const PER_SWEEP = 300;
/** Calls under way at once; each place makes one call in PLACE_MS at most, so all together ten a second. */
const PLACES = 4;
const PLACE_MS = 400;
/** After so many answers in a row that were none, this sweep asks no more. */
const ENOUGH = 5;
const LATER_SECONDS = 3600;

export interface Checking {
  store: Pick<ActionStore, 'dueChecks' | 'postponeChecks'>;
  gateway: Pick<VercelGateway, 'getDeployment'>;
  access(subjects: JobSubject[]): Promise<Access[]>;
  /** Told of each answer, and of the actions whose deployment it was about. */
  onStanding(standing: Standing, ids: readonly string[]): Promise<void>;
}

/** All that is due of one deployment of one installation: one question. */
interface Question {
  ids: string[];
  installationId: string;
  deploymentId: string;
  token: string | null;
}

/** Asks Vercel about deployments of successes that nobody has heard of for long, at a pace that leaves its rate limits to the workers. */
export async function checkDeployments(checking: Checking, signal: AbortSignal): Promise<void> {
  const waiting = await questions(checking);
  let unanswered = 0;
  const place = async (): Promise<void> => {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      if (signal.aborted || unanswered >= ENOUGH) return;
      const standing = await ask(one, checking, signal);
      unanswered = standing === 'later' ? unanswered + 1 : 0;
      if (waiting.length > 0) await rest(PLACE_MS, signal);
    }
  };
  await Promise.all(Array.from({ length: PLACES }, place));
}

async function questions({ store, access }: Checking): Promise<Question[]> {
  const due = await store.dueChecks(PER_SWEEP);
  const groups = Map.groupBy(due, (one) => JSON.stringify([one.installationId, one.deploymentId]));
  const firsts = [...groups.values()].map((group) => group[0] as DueCheck);
  const accesses = await access(firsts);
  return [...groups.values()].map((group, index) => {
    const { installationId, deploymentId } = group[0] as DueCheck;
    const token = accesses[index]?.token ?? null;
    return { ids: group.map(({ id }) => id), installationId, deploymentId, token };
  });
}

async function ask(one: Question, checking: Checking, signal: AbortSignal): Promise<Standing> {
  const { ids, token, ...of } = one;
  const standing =
    token === null ? 'untold' : standingOf(await checking.gateway.getDeployment({ token, ...of }, signal));
  if (signal.aborted) return standing;
  if (standing !== 'gone')
    await checking.store.postponeChecks(ids, standing === 'later' ? LATER_SECONDS : CHECK_AFTER_SECONDS);
  await checking.onStanding(standing, ids);
  return standing;
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error; // the end of the sweep ends the wait, that is what it is for
  }
}
