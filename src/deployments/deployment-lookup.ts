import { Inject, Injectable } from '@nestjs/common';
import { InstallationRepository } from '../installation/installation.repository.js';
import type { DeploymentAnswer, VercelGateway } from '../vercel/gateway.js';
import { LOOKUP_GATEWAY } from './deployments.constants.js';

/** People wait for the answer: a slower answer counts as none. */
export const LOOKUP_TIMEOUT_MS = 3_000;
/** An answer is reused for this time. */
const KEPT_MS = 30_000;
const MOST_KEPT = 500;
/** Requests a minute; most of a token's rate limit is for the workers. */
const PER_MINUTE = 60;

export type LookedUp = DeploymentAnswer | { readonly kind: 'no-token' | 'busy' };

interface Kept {
  readonly at: number;
  readonly answer: Promise<LookedUp>;
}

/** Looks a deployment up at Vercel, for people who look at one. The number of requests is bounded. */
@Injectable()
export class DeploymentLookup {
  private readonly kept = new Map<string, Kept>();
  private asked: number[] = [];

  constructor(
    @Inject(LOOKUP_GATEWAY) private readonly gateway: Pick<VercelGateway, 'getDeployment'>,
    private readonly installations: InstallationRepository,
  ) {}

  ask(installationId: string, deploymentId: string): Promise<LookedUp> {
    const key = JSON.stringify([installationId, deploymentId]);
    const kept = this.kept.get(key);
    if (kept !== undefined && performance.now() - kept.at < KEPT_MS) return kept.answer;
    if (!this.mayAsk()) return Promise.resolve({ kind: 'busy' });
    const answer = this.question(installationId, deploymentId);
    this.keep(key, answer);
    return answer;
  }

  /**
   * When a deleted deployment was restored, in milliseconds since 1970; null when it was not or Vercel does
   * not say.
   */
  async restoredAt(installationId: string, deploymentId: string): Promise<number | null> {
    return restoredAt(await this.ask(installationId, deploymentId));
  }

  private mayAsk(): boolean {
    const now = performance.now();
    this.asked = this.asked.filter((at) => now - at < 60_000);
    if (this.asked.length >= PER_MINUTE) return false;
    this.asked.push(now);
    return true;
  }

  private keep(key: string, answer: Promise<LookedUp>): void {
    this.kept.delete(key);
    const [oldest] = this.kept.keys();
    if (this.kept.size >= MOST_KEPT && oldest !== undefined) this.kept.delete(oldest);
    this.kept.set(key, { at: performance.now(), answer });
    answer.catch(() => this.kept.delete(key)); // the caller gets the error; the next call asks again
  }

  private async question(installationId: string, deploymentId: string): Promise<LookedUp> {
    const [access] = await this.installations.lookup([{ installationId, resourceId: '' }]);
    const token = access?.token ?? null;
    if (token === null) return { kind: 'no-token' };
    const signal = AbortSignal.timeout(LOOKUP_TIMEOUT_MS);
    return this.gateway.getDeployment({ token, installationId, deploymentId }, signal);
  }
}

/** A restored deployment keeps `deletedAt`: the later of the two times counts. */
export function restoredAt(answer: LookedUp): number | null {
  if (answer.kind !== 'found') return null;
  const { deletedAt, undeletedAt } = answer.deployment;
  return undeletedAt !== null && (deletedAt === null || undeletedAt > deletedAt) ? undeletedAt : null;
}
