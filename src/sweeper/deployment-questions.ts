import { setTimeout as sleep } from 'node:timers/promises';
import type { DueCheck } from '../action/releases/deployment-check-schedule.repository.js';
import type { JobSubject } from '../database/queue/queue.js';
import type { InstallationAccess } from '../installation/installation-access.js';
import type { VercelGateway } from '../vercel/gateway.js';
import { isBuilding, deploymentStatusOf, type DeploymentStatus } from './deployment-status.js';

/** Concurrent calls. Each of them makes at most one call in `INTERVAL_MS`, together at most ten a second. */
const CALLS_AT_ONCE = 4;
const INTERVAL_MS = 400;
/** After this many consecutive calls without an answer, the sweep makes no more calls. */
const UNANSWERED_LIMIT = 5;

export interface QuestionPorts {
  gateway: Pick<VercelGateway, 'getDeployment'>;
  access(subjects: JobSubject[]): Promise<InstallationAccess[]>;
}

/** One question to Vercel: one deployment of one installation, with all actions that depend on it. */
export interface DeploymentQuestion {
  actions: DueCheck[];
  installationId: string;
  deploymentId: string;
  projectId: string | null;
  token: string | null;
}

export interface AnsweredQuestion extends DeploymentQuestion {
  status: DeploymentStatus;
  /** Vercel's error code says that the deployment was deleted. */
  deleted: boolean;
  /** The build may still fail. */
  building: boolean;
}

/** Asks Vercel during one sweep, at a rate that leaves Vercel's rate limits to the workers. */
export class DeploymentQuestions {
  private unanswered = 0;

  constructor(
    private readonly ports: QuestionPorts,
    private readonly signal: AbortSignal,
  ) {}

  get over(): boolean {
    return this.signal.aborted || this.unanswered >= UNANSWERED_LIMIT;
  }

  /**
   * Asks once per deployment. Questions that were not asked, because the sweep ended, have no answer in the
   * result.
   */
  async ask(checks: DueCheck[]): Promise<AnsweredQuestion[]> {
    const waiting = await this.questions(checks);
    const answers: AnsweredQuestion[] = [];
    const askInTurn = async (): Promise<void> => {
      for (let one = waiting.shift(); one && !this.over; one = waiting.shift()) {
        const answer = await this.answer(one);
        if (this.signal.aborted) return;
        answers.push(answer);
        this.unanswered = answer.status === 'later' ? this.unanswered + 1 : 0;
        if (waiting.length > 0) await rest(INTERVAL_MS, this.signal);
      }
    };
    await Promise.all(Array.from({ length: CALLS_AT_ONCE }, askInTurn));
    return answers;
  }

  private async questions(checks: DueCheck[]): Promise<DeploymentQuestion[]> {
    const groups = [
      ...Map.groupBy(checks, (one) => JSON.stringify([one.installationId, one.deploymentId])).values(),
    ];
    const accesses = await this.ports.access(groups.map((group) => group[0] as DueCheck));
    return groups.map((actions, index) => {
      const { installationId, deploymentId, projectId } = actions[0] as DueCheck;
      return { actions, installationId, deploymentId, projectId, token: accesses[index]?.token ?? null };
    });
  }

  private async answer(question: DeploymentQuestion): Promise<AnsweredQuestion> {
    const { token, installationId, deploymentId } = question;
    if (token === null) return { ...question, status: 'untold', deleted: false, building: false };
    const call = { token, installationId, deploymentId };
    const answer = await this.ports.gateway.getDeployment(call, this.signal);
    const projectId = (answer.kind === 'found' ? answer.deployment.projectId : null) ?? question.projectId;
    const deleted = answer.kind === 'gone';
    return {
      ...question,
      projectId,
      status: deploymentStatusOf(answer),
      deleted,
      building: isBuilding(answer),
    };
  }
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error; // the end of the sweep ends the wait
  }
}
