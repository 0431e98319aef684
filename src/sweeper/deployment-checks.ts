import type { Confirmation, ReleaseRequest } from '../action/releases/action-releases.repository.js';
import type {
  DeploymentCheckSchedule,
  DueCheck,
} from '../action/releases/deployment-check-schedule.repository.js';
import { CHECK_AFTER_SECONDS } from '../action/time-limits.js';
import type { ActionDefinition } from '../config/actions-file/action-definition.js';
import { logEvent } from '../log/log.js';
import { deploymentsChecked } from '../metrics/definitions/sweeper.js';
import type { VercelGateway } from '../vercel/gateway.js';
import type { EvidenceRepository, OpenDoubt } from './evidence.repository.js';
import { judge, type Evidence, type Judgement } from './judgement.js';
import type { DeploymentStatus } from './deployment-status.js';
import { DeploymentQuestions, type AnsweredQuestion, type QuestionPorts } from './deployment-questions.js';

/**
 * Maximum number of actions whose deployments one sweep checks. The rest is due in the next sweep, a minute
 * later.
 */
const PER_SWEEP = 300;
/** Maximum number of other deployments of one installation that are checked for comparison. */
const NEIGHBOURS = 300;
const LATER_SECONDS = 3600;

export interface DeploymentCheckPorts extends QuestionPorts {
  schedule: Pick<DeploymentCheckSchedule, 'dueChecks' | 'neighbours' | 'postponeChecks'>;
  evidence: EvidenceRepository;
  gateway: Pick<VercelGateway, 'getDeployment' | 'provesToken'>;
  actions: ReadonlyMap<string, Pick<ActionDefinition, 'retainFailedMs'>>;
  release(request: ReleaseRequest): Promise<unknown>;
}

/**
 * Asks Vercel about deployments of old successes. "Not found" alone releases nothing: the sweeper then asks
 * about the whole installation, and judgement.ts decides by all answers.
 */
export class DeploymentChecks {
  private readonly questions: DeploymentQuestions;

  constructor(
    private readonly ports: DeploymentCheckPorts,
    private readonly signal: AbortSignal,
  ) {
    this.questions = new DeploymentQuestions(ports, signal);
  }

  async run(): Promise<void> {
    const { schedule, evidence } = this.ports;
    const answers = await this.ask(await schedule.dueChecks(PER_SWEEP, this.earlyChecks()));
    const byInstallation = Map.groupBy(answers, ({ installationId }) => installationId);
    const doubts = new Map(
      (await evidence.doubts([...byInstallation.keys()])).map((doubt) => [doubt.installationId, doubt]),
    );
    for (const [id, asked] of byInstallation) {
      const doubt = doubts.get(id) ?? null;
      if (this.questions.over) return;
      if (needsComparison(asked, doubt)) await this.examine(id, asked, doubt);
    }
    for (const idle of await evidence.endIdle()) logEvent('deployments-believed', idle);
    await evidence.prune();
  }

  /** The actions whose failed deployments may be released before the first daily check. */
  private earlyChecks() {
    return [...this.ports.actions].flatMap(([action, { retainFailedMs: afterMs }]) =>
      afterMs !== null && afterMs < CHECK_AFTER_SECONDS * 1000 ? [{ action, afterMs }] : [],
    );
  }

  private async ask(checks: DueCheck[]): Promise<AnsweredQuestion[]> {
    const answers = await this.questions.ask(checks);
    for (const answer of answers) await this.note(answer);
    return answers;
  }

  /** Stores one answer, releases what it proves by itself, and schedules the next check. */
  private async note(answer: AnsweredQuestion): Promise<void> {
    const { installationId, deploymentId, projectId, status, actions } = answer;
    const { evidence, schedule, release } = this.ports;
    deploymentsChecked.inc({ standing: status });
    const found = FOUND.includes(status);
    if (found || status === 'gone') await evidence.note({ installationId, deploymentId, projectId, found });
    for (const action of actions)
      await schedule.postponeChecks([action.id], this.secondsUntilNext(answer, action));
    const ids = actions.map(({ id }) => id);
    if (status === 'deleted') await release({ reason: 'deployment-gone', ids });
    const over = actions.filter(({ action, ageMs }) => ageMs >= this.retainFailedMs(action));
    if (status === 'failed' && over.length > 0)
      await release({ reason: 'deployment-failed', ids: over.map(({ id }) => id) });
  }

  private secondsUntilNext({ status, building }: AnsweredQuestion, { action, ageMs }: DueCheck): number {
    const retainMs = this.retainFailedMs(action);
    if (status === 'later') return LATER_SECONDS;
    if (building) return Math.min(CHECK_AFTER_SECONDS, retainMs / 1000);
    if (status === 'failed') return Math.min(CHECK_AFTER_SECONDS, Math.max(1, (retainMs - ageMs) / 1000));
    return CHECK_AFTER_SECONDS;
  }

  private retainFailedMs(action: string): number {
    return this.ports.actions.get(action)?.retainFailedMs ?? Infinity;
  }

  private async examine(
    installationId: string,
    asked: AnsweredQuestion[],
    former: OpenDoubt | null,
  ): Promise<void> {
    const known = asked.map(({ deploymentId }) => deploymentId);
    const others = await this.ports.schedule.neighbours(installationId, known, NEIGHBOURS);
    const answers = [...asked, ...(await this.ask(others))];
    // Answers for different tokens are not comparable: one token may read what another may not.
    if (this.questions.over || new Set(answers.map(({ token }) => token)).size > 1) return;
    const judgedAt = await this.ports.evidence.now();
    const evidence = await this.evidence(installationId, answers);
    const judgement = judge(evidence, former?.reason === 'transferred' && former.confirmedBy === null);
    await this.carryOut(installationId, answers, judgement, former);
    const done = evidence.some(({ unasked }) => unasked) ? null : (former?.confirmedAt ?? null);
    await this.storeDoubt(installationId, judgement, judgedAt, done);
  }

  /** The stored evidence, combined with these answers. */
  private async evidence(installationId: string, answers: AnsweredQuestion[]): Promise<Evidence[]> {
    const byDeployment = new Map(answers.map((answer) => [answer.deploymentId, answer]));
    const known = await this.ports.evidence.evidence(installationId);
    return known.map((one) => {
      const answer = byDeployment.get(one.deploymentId);
      const found = answer !== undefined && FOUND.includes(answer.status);
      return { ...one, found, deleted: answer?.deleted ?? false };
    });
  }

  private async carryOut(
    installationId: string,
    answers: AnsweredQuestion[],
    { release, confirmed, alone }: Judgement,
    former: OpenDoubt | null,
  ): Promise<void> {
    const proven = (await this.isProven(answers, alone)) ? alone : [];
    await this.release(installationId, answers, [...release, ...proven]);
    await this.release(installationId, answers, confirmed, confirmationOf(former));
  }

  /**
   * Whether the token is valid for the installation: some deployment was found, or Vercel answers for the
   * installation.
   */
  private async isProven(answers: AnsweredQuestion[], alone: readonly string[]): Promise<boolean> {
    const first = answers.find(({ deploymentId }) => alone.includes(deploymentId));
    if (first === undefined || first.token === null) return false;
    if (answers.some(({ status }) => FOUND.includes(status))) return true;
    return this.ports.gateway.provesToken({ ...first, token: first.token }, this.signal);
  }

  private async release(
    installationId: string,
    answers: AnsweredQuestion[],
    deploymentIds: readonly string[],
    by: { confirmed?: Confirmation } = {},
  ): Promise<void> {
    const gone = answers.filter(
      ({ deploymentId, status }) => status === 'gone' && deploymentIds.includes(deploymentId),
    );
    for (const { actions, deploymentId } of gone) {
      await this.ports.release({ reason: 'deployment-gone', ids: actions.map(({ id }) => id), ...by });
      await this.ports.evidence.released(installationId, [deploymentId]);
    }
  }

  /** Stores the doubt, or ends it. */
  private async storeDoubt(
    installationId: string,
    { doubt }: Judgement,
    judgedAt: string,
    carriedOut: string | null,
  ): Promise<void> {
    const { evidence } = this.ports;
    if (doubt === null) {
      const reason = await evidence.believe(installationId, judgedAt);
      if (reason !== null) logEvent('deployments-believed', { installationId, reason });
      return;
    }
    const { reason, gone, found } = doubt;
    if (await evidence.doubt(installationId, doubt, judgedAt, carriedOut))
      logEvent('deployments-doubted', { installationId, reason, gone, found });
  }
}

const FOUND: readonly DeploymentStatus[] = ['there', 'failed', 'deleted'];

/**
 * Whether the sweeper has to ask about the whole installation: a deployment is gone for the first time, or an
 * installation in doubt has news.
 */
function needsComparison(asked: AnsweredQuestion[], doubt: OpenDoubt | null): boolean {
  if (doubt === null) return asked.some(({ status }) => status === 'gone');
  return doubt.confirmedBy !== null || asked.some(({ status }) => FOUND.includes(status));
}

function confirmationOf(doubt: OpenDoubt | null): { confirmed?: Confirmation } {
  if (doubt === null || doubt.confirmedBy === null) return {};
  return { confirmed: { actor: doubt.confirmedBy, note: doubt.confirmation ?? '' } };
}
