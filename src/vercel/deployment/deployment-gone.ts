/**
 * Decides whether an answer of Vercel means that a deployment does not exist. The statuses are generic: 410
 * is documented for every authenticated operation, and proxies answer 404 for everything. Only Vercel's error
 * code says what is missing.
 *
 * | answer | code | means |
 * | --- | --- | --- |
 * | 404, 410 of any operation | `deployment_deleted` | `gone`: this deployment was deleted |
 * | 404 of GET deployment | `not_found`, `deployment_not_found` | `absent`: this token does not find it |
 * | 404, 410 | none | an answer of a proxy: ask again later |
 * | 404, 410 | any other | a refusal |
 *
 * `absent` is weak evidence: a token of another team, a moved project and a moved installation get the same
 * answer for live deployments.
 */
import type { VercelError } from '../request/vercel-error.js';

declare const VERCEL_SAID: unique symbol;

/** Vercel said that this deployment was deleted. Only {@link missingOf} creates this value. */
export interface DeploymentGone {
  readonly kind: 'gone';
  readonly status: 404 | 410;
  readonly message: string;
  readonly [VERCEL_SAID]: true;
}

/** The installation's token does not find this deployment. Only {@link missingOf} creates this value. */
export interface DeploymentAbsent {
  readonly kind: 'absent';
  readonly status: 404;
  readonly message: string;
  readonly [VERCEL_SAID]: true;
}

type Made<T> = Omit<T, typeof VERCEL_SAID>;

const DELETED = ['deployment_deleted'];
const ABSENT = ['not_found', 'deployment_not_found'];

export const isMissing = (status: number): status is 404 | 410 => status === 404 || status === 410;

/** Returns null when a 404 or 410 is not about the deployment. */
export function missingOf(
  status: 404 | 410,
  deploymentId: string,
  rawCode: string | null,
  error: Pick<VercelError, 'message'>,
): DeploymentGone | DeploymentAbsent | null {
  const code = rawCode?.toLowerCase() ?? '';
  const details = error.message === null ? '' : `: ${error.message}`;
  if (DELETED.includes(code)) {
    const message = `vercel: deployment ${deploymentId} is gone (${status})${details}`;
    return { kind: 'gone', status, message } satisfies Made<DeploymentGone> as DeploymentGone;
  }
  if (status !== 404 || !ABSENT.includes(code)) return null;
  const message = `vercel: the token finds no deployment ${deploymentId} (${status})${details}`;
  return { kind: 'absent', status, message } satisfies Made<DeploymentAbsent> as DeploymentAbsent;
}
