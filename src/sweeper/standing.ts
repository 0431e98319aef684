import type { DeploymentAnswer } from '../vercel/gateway.js';

/**
 * How a deployment stands by what Vercel answered: `there`; `gone`, so that nobody can need anything of it; `untold`, because this token may
 * not read it; `later`, because this was no time to ask.
 */
export type Standing = 'there' | 'gone' | 'untold' | 'later';

export function standingOf(answer: DeploymentAnswer): Standing {
  switch (answer.kind) {
    case 'found':
      return isDeleted(answer.deployment) ? 'gone' : 'there';
    case 'gone':
      // Anything in between answers 404 as well, and for every deployment at once: only Vercel's own words take things away.
      return answer.status === 404 && !answer.inVercelsForm ? 'later' : 'gone';
    case 'unreadable':
      return 'untold';
    case 'later':
      return 'later';
    default:
      return answer satisfies never;
  }
}

/**
 * Deleted counts from the beginning of the recovery period, in which a deployment serves nobody. A deployment that was taken back keeps
 * `deletedAt`, so the later of the two times tells how it stands; at the same millisecond it stays, because only that can be made good again.
 */
function isDeleted({ deletedAt, undeletedAt }: { deletedAt: number | null; undeletedAt: number | null }) {
  return deletedAt !== null && (undeletedAt === null || undeletedAt < deletedAt);
}
