/** What is known of one deployment of an installation when a sweep has asked about all of them. */
export interface Evidence {
  deploymentId: string;
  projectId: string | null;
  /** Vercel showed it in this sweep. */
  found: boolean;
  /** Vercel does not find it, since the time and the number of answers below. */
  gone: boolean;
  goneTimes: number;
  goneMs: number;
  /** Vercel said in this sweep, by its own code, that it was deleted. */
  deleted: boolean;
  /** An operator confirmed that it is gone, and Vercel still did not find it afterwards. */
  confirmed: boolean;
  /** An operator confirmed it, and Vercel was not asked since. */
  unasked: boolean;
  /** It was gone and was released in the last two days: it counts, and there is nothing left to release. */
  released: boolean;
}

export const DOUBT_REASONS = ['none-found', 'many-gone', 'transferred'] as const;
export type DoubtReason = (typeof DOUBT_REASONS)[number];

export interface Doubt {
  reason: DoubtReason;
  gone: number;
  found: number;
}

export interface Judgement {
  /** Deployments that are gone beyond doubt. */
  release: string[];
  /** Deployments that an operator confirmed. */
  confirmed: string[];
  /**
   * Deleted for days, with nothing else of the project to compare: believed once the token is proven good.
   */
  alone: string[];
  doubt: Doubt | null;
}

/** So many at once, and more than were found, are a wall. */
const MANY = 5;
/** Where neighbours say too little, a deployment has to stay gone for this long and in so many answers. */
export const PATIENT_MS = 3 * 86_400_000;
export const PATIENT_TIMES = 3;

/**
 * Which of an installation's deployments that Vercel does not find are believed to be gone. Another team's
 * token, a transferred project and a transferred installation make live deployments look gone, all of them at
 * once: so neighbours decide. The table is in docs/decisions/0008-vercels-answers-are-evidence.md.
 *
 * @param transferred an unconfirmed transfer of the installation is on record: its token may be of the former
 * account
 */
export function judge(evidence: readonly Evidence[], transferred: boolean): Judgement {
  const confirmed = namesOf(evidence.filter((one) => one.gone && one.confirmed && !one.released));
  const open = evidence.filter((one) => !one.confirmed);
  const found = open.filter((one) => one.found).length;
  const gone = open.filter(isOpen);
  const none: Judgement = { release: [], confirmed, alone: [], doubt: null };
  if (transferred && found === 0)
    return { ...none, doubt: { reason: 'transferred', gone: gone.length, found } };
  const wall = wallOf(open);
  if (wall?.found === 0) return { ...none, doubt: wall };
  // Of which project it is, is not known of all: such a one has no neighbours.
  const projects = [...Map.groupBy(open, (one) => one.projectId ?? `of ${one.deploymentId}`).values()];
  const judged = projects.map((project) => judgeProject(project, wall));
  return {
    ...none,
    release: judged.flatMap(({ release }) => release),
    alone: judged.flatMap(({ alone }) => alone),
    doubt: judged.map(({ doubt }) => doubt).find((doubt) => doubt !== null) ?? null,
  };
}

/** Whether an answer of the whole installation is needed to judge: something is gone. */
const isOpen = ({ gone, released }: Evidence): boolean => gone && !released;

/** A project can be transferred alone: what is found in other projects says nothing of its deployments. */
function judgeProject(
  project: readonly Evidence[],
  wall: Doubt | null,
): Pick<Judgement, 'release' | 'alone' | 'doubt'> {
  const gone = project.filter(isOpen);
  const doubt = gone.length === 0 ? null : (wall ?? wallOf(project));
  const patient = gone.filter(isPatient);
  if (project.some(({ found }) => found)) {
    // Vercel's retention deletes many at once: beside one of the project that is found, patience is enough.
    const release = doubt === null ? gone : patient;
    return { release: namesOf(release), alone: [], doubt: release.length < gone.length ? doubt : null };
  }
  if (doubt !== null) return { release: [], alone: [], doubt };
  // A project with one deployment that was transferred looks like this for ever: only "deleted" is believed.
  const deleted = patient.filter((one) => one.deleted);
  const silent = patient.length - deleted.length;
  const lone: Doubt | null = silent > 0 ? { reason: 'none-found', gone: silent, found: 0 } : null;
  return { release: [], alone: namesOf(deleted), doubt: lone };
}

const isPatient = ({ goneMs, goneTimes }: Evidence): boolean =>
  goneMs >= PATIENT_MS && goneTimes >= PATIENT_TIMES;

function wallOf(group: readonly Evidence[]): Doubt | null {
  const found = group.filter((one) => one.found).length;
  const gone = group.filter(isOpen).length;
  if (gone >= 2 && found === 0) return { reason: 'none-found', gone, found };
  const lately = group.filter((one) => one.gone).length;
  return gone > 0 && lately >= MANY && lately > found ? { reason: 'many-gone', gone, found } : null;
}

const namesOf = (some: readonly Evidence[]): string[] => some.map(({ deploymentId }) => deploymentId);
