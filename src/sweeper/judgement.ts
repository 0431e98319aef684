import type { DoubtReason } from '../state-machine/doubt-reasons.js';

/** The evidence about one deployment of an installation, after a sweep has asked about all of them. */
export interface Evidence {
  deploymentId: string;
  projectId: string | null;
  /** Vercel found it in this sweep. */
  found: boolean;
  /** Vercel does not find it. `goneMs` and `goneTimes` say for how long and in how many answers. */
  gone: boolean;
  goneTimes: number;
  goneMs: number;
  /** Vercel's error code in this sweep says that the deployment was deleted. */
  deleted: boolean;
  /** An operator confirmed that it is gone, and Vercel still did not find it afterwards. */
  confirmed: boolean;
  /** An operator confirmed that it is gone, and Vercel has not been asked since. */
  unasked: boolean;
  /**
   * It was gone and was released in the last two days: it counts as evidence, and nothing is left to release.
   */
  released: boolean;
}

export interface Doubt {
  reason: DoubtReason;
  gone: number;
  found: number;
}

export interface Judgement {
  /** Ids of deployments that are gone without doubt. */
  release: string[];
  /** Ids of deployments that an operator confirmed to be gone. */
  confirmed: string[];
  /**
   * Ids of deployments that have been deleted for days, in projects without another deployment to compare.
   * They are released once the token is proven valid.
   */
  alone: string[];
  doubt: Doubt | null;
}

/** At least this many missing deployments, and more than were found, cause a doubt about the installation. */
const MANY = 5;
/**
 * A deployment without enough neighbours has to be gone for this long, in milliseconds, and in this many
 * answers.
 */
export const PATIENT_MS = 3 * 86_400_000;
export const PATIENT_TIMES = 3;

/**
 * Decides which of the deployments that Vercel does not find are gone. A token of another team, a transferred
 * project and a transferred installation make live deployments look gone, all of them at once. So the other
 * deployments decide. docs/decisions/0008-vercels-answers-are-evidence.md has the table.
 *
 * @param transferred an unconfirmed transfer of the installation is on record: its token may be of the
 * previous account
 */
export function judge(evidence: readonly Evidence[], transferred: boolean): Judgement {
  const confirmed = idsOf(evidence.filter((one) => one.gone && one.confirmed && !one.released));
  const open = evidence.filter((one) => !one.confirmed);
  const found = open.filter((one) => one.found).length;
  const gone = open.filter(isOpen);
  const none: Judgement = { release: [], confirmed, alone: [], doubt: null };
  if (transferred && found === 0)
    return { ...none, doubt: { reason: 'transferred', gone: gone.length, found } };
  const installationDoubt = doubtOf(open);
  if (installationDoubt?.found === 0) return { ...none, doubt: installationDoubt };
  // A deployment of an unknown project has no neighbours.
  const projects = [...Map.groupBy(open, (one) => one.projectId ?? `of ${one.deploymentId}`).values()];
  const judged = projects.map((project) => judgeProject(project, installationDoubt));
  return {
    ...none,
    release: judged.flatMap(({ release }) => release),
    alone: judged.flatMap(({ alone }) => alone),
    doubt: judged.map(({ doubt }) => doubt).find((doubt) => doubt !== null) ?? null,
  };
}

/** Whether the deployment needs a judgement: it is gone and not released. */
const isOpen = ({ gone, released }: Evidence): boolean => gone && !released;

/**
 * Judges the deployments of one project. Other projects are no evidence: a project can be transferred alone.
 */
function judgeProject(
  project: readonly Evidence[],
  installationDoubt: Doubt | null,
): Pick<Judgement, 'release' | 'alone' | 'doubt'> {
  const gone = project.filter(isOpen);
  const doubt = gone.length === 0 ? null : (installationDoubt ?? doubtOf(project));
  const patient = gone.filter(isPatient);
  if (project.some(({ found }) => found)) {
    // Vercel's retention deletes many at once. One found deployment of the project is enough after the wait.
    const release = doubt === null ? gone : patient;
    return { release: idsOf(release), alone: [], doubt: release.length < gone.length ? doubt : null };
  }
  if (doubt !== null) return { release: [], alone: [], doubt };
  // A transferred project with one deployment looks the same for ever. Only "deleted" is believed.
  const deleted = patient.filter((one) => one.deleted);
  const absent = patient.length - deleted.length;
  const unproven: Doubt | null = absent > 0 ? { reason: 'none-found', gone: absent, found: 0 } : null;
  return { release: [], alone: idsOf(deleted), doubt: unproven };
}

const isPatient = ({ goneMs, goneTimes }: Evidence): boolean =>
  goneMs >= PATIENT_MS && goneTimes >= PATIENT_TIMES;

function doubtOf(group: readonly Evidence[]): Doubt | null {
  const found = group.filter((one) => one.found).length;
  const gone = group.filter(isOpen).length;
  if (gone >= 2 && found === 0) return { reason: 'none-found', gone, found };
  const recentlyGone = group.filter((one) => one.gone).length;
  return gone > 0 && recentlyGone >= MANY && recentlyGone > found
    ? { reason: 'many-gone', gone, found }
    : null;
}

const idsOf = (some: readonly Evidence[]): string[] => some.map(({ deploymentId }) => deploymentId);
