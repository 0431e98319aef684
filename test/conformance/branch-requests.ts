import { hkdfSync, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BranchConfig } from '../../src/provisioner/builtin/postgres-branch/config.js';
import plugin from '../../src/provisioner/builtin/postgres-branch/postgres-branch.js';
import type { Json, ProvisionRequest } from '../../src/provisioner/provisioner.js';

export interface BranchRequestInput {
  readonly key?: string;
  readonly settings?: Record<string, Json>;
  readonly signal?: AbortSignal;
}

export type BranchRequest = ProvisionRequest<{ database: string }> & { logged: unknown[] };

/** A request as the core makes it, with a readable log. */
export function requestFor({
  key = `t-${randomBytes(4).toString('hex')}`,
  settings = {},
  signal,
}: BranchRequestInput = {}): BranchRequest {
  const logged: unknown[] = [];
  return {
    key,
    handle: null,
    resource: { id: 'res_1', settings },
    installationId: 'icfg_1',
    deployment: {
      id: 'dpl_1',
      url: null,
      target: null,
      projectId: null,
      projectName: null,
      gitRef: null,
      gitSha: null,
      pullRequest: null,
    },
    signal: signal ?? AbortSignal.timeout(30_000),
    derive: (label) => new Uint8Array(hkdfSync('sha256', `seed of ${key}`, key, label, 32)),
    log: (...line) => void logged.push(line),
    logged,
  };
}

/** The logged lines as one text without escapes. */
export const logOf = ({ logged }: BranchRequest): string => JSON.stringify(logged).replaceAll('\\', '');

/** Provisions until the branch is ready, and returns the secrets. */
export async function ready(config: BranchConfig, request: BranchRequest): Promise<Record<string, string>> {
  const one = plugin.create(config);
  for (;;) {
    const answer = await one.provision({ ...request, signal: AbortSignal.timeout(30_000) });
    if (answer.status === 'ready') return { ...answer.secrets };
    await sleep(answer.retryAfterMs);
  }
}

/** Deprovisions until the branch is gone, at most ten times. Returns `gone` or the last message. */
export async function gone(config: BranchConfig, request: BranchRequest, times = 10): Promise<string> {
  const one = plugin.create(config);
  for (let left = times; ; left -= 1) {
    const answer = await one.deprovision({ ...request, signal: AbortSignal.timeout(30_000) });
    if (answer.status === 'gone') return 'gone';
    if (left <= 1) return answer.message;
    await sleep(100);
  }
}
