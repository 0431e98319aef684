import { setTimeout as sleep } from 'node:timers/promises';
import type { DueCheck } from '../action/releases/deployment-check-schedule.repository.js';
import type { JobSubject } from '../database/queue/queue.js';
import type { InstallationAccess } from '../installation/installation-access.js';
import type { VercelGateway } from '../vercel/gateway.js';
import { isBuilding, deploymentStatusOf, type DeploymentStatus } from './deployment-status.js';

/** Calls under way at once; each place makes one call in PLACE_MS at most, so all together ten a second. */
const PLACES = 4;
const PLACE_MS = 400;
/** After so many answers in a row that were none, this sweep asks no more. */
const ENOUGH = 5;

export interface QuestionPorts {
  gateway: Pick<VercelGateway, 'getDeployment'>;
  access(subjects: JobSubject[]): Promise<InstallationAccess[]>;
}

/** All that is asked about one deployment of one installation: one question. */
export interface DeploymentQuestion {
  actions: DueCheck[];
  installationId: string;
  deploymentId: string;
  projectId: string | null;
  token: string | null;
}

export interface AnsweredQuestion extends DeploymentQuestion {
  standing: DeploymentStatus;
  /** Gone, and Vercel said by its own code that it was deleted. */
  deleted: boolean;
  /** Its build may still fail. */
  building: boolean;
}

/** Asks Vercel during one sweep, at a pace that leaves Vercel's rate limits to the workers. */
export class DeploymentQuestions {
  private unanswered = 0;

  constructor(
    private readonly around: QuestionPorts,
    private readonly signal: AbortSignal,
  ) {}

  get over(): boolean {
    return this.signal.aborted || this.unanswered >= ENOUGH;
  }

  /** One question a deployment. What is not asked any more is missing from the answers. */
  async ask(checks: DueCheck[]): Promise<AnsweredQuestion[]> {
    const waiting = await this.questions(checks);
    const answers: AnsweredQuestion[] = [];
    const place = async (): Promise<void> => {
      for (let one = waiting.shift(); one && !this.over; one = waiting.shift()) {
        const answer = await this.answer(one);
        if (this.signal.aborted) return;
        answers.push(answer);
        this.unanswered = answer.standing === 'later' ? this.unanswered + 1 : 0;
        if (waiting.length > 0) await rest(PLACE_MS, this.signal);
      }
    };
    await Promise.all(Array.from({ length: PLACES }, place));
    return answers;
  }

  private async questions(checks: DueCheck[]): Promise<DeploymentQuestion[]> {
    const groups = [
      ...Map.groupBy(checks, (one) => JSON.stringify([one.installationId, one.deploymentId])).values(),
    ];
    const accesses = await this.around.access(groups.map((group) => group[0] as DueCheck));
    return groups.map((actions, index) => {
      const { installationId, deploymentId, projectId } = actions[0] as DueCheck;
      return { actions, installationId, deploymentId, projectId, token: accesses[index]?.token ?? null };
    });
  }

  private async answer(question: DeploymentQuestion): Promise<AnsweredQuestion> {
    const { token, installationId, deploymentId } = question;
    if (token === null) return { ...question, standing: 'untold', deleted: false, building: false };
    const call = { token, installationId, deploymentId };
    const answer = await this.around.gateway.getDeployment(call, this.signal);
    const projectId = (answer.kind === 'found' ? answer.deployment.projectId : null) ?? question.projectId;
    const deleted = answer.kind === 'gone';
    return {
      ...question,
      projectId,
      standing: deploymentStatusOf(answer),
      deleted,
      building: isBuilding(answer),
    };
  }
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error; // the end of the sweep ends the wait, that is what it is for
  }
}
