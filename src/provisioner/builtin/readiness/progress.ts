import type { Json } from '../../provisioner.js';

/** The handle: how many rounds in a row succeeded, and the last failure before them. */
export type ProbeProgress = {
  inARow: number;
  failed: string | null;
};

const MAX_FAILURES = 3;

/** Reads a handle; null, as after a crash, counts as no round. */
export function readProgress(handle: Json): ProbeProgress {
  const { inARow, failed } = (handle ?? {}) as Partial<Record<keyof ProbeProgress, unknown>>;
  return {
    inARow: Number.isSafeInteger(inARow) && Number(inARow) > 0 ? Number(inARow) : 0,
    failed: typeof failed === 'string' ? failed : null,
  };
}

/**
 * Counts a round. It succeeds when all probes succeed, so `n` such rounds in a row are `n` successes of each
 * probe.
 */
export function advance(before: ProbeProgress, failures: readonly string[], wanted: number): ProbeProgress {
  if (failures.length > 0) return { inARow: 0, failed: summary(failures) };
  const inARow = Math.min(before.inARow + 1, wanted);
  return { inARow, failed: inARow === wanted ? null : before.failed };
}

/**
 * Returns the status text. It keeps the last failure while probes succeed again, to explain a passed
 * deadline.
 */
export function messageOf({ inARow, failed }: ProbeProgress, wanted: number): string {
  if (inARow === 0) return `readiness: ${failed}`;
  const before = failed === null ? '' : `; before that ${failed}`;
  return `readiness: ${inARow} of ${wanted} successes in a row${before}`;
}

function summary(failures: readonly string[]): string {
  const more = failures.length - MAX_FAILURES;
  const rest = more > 0 ? [`and ${more} more`] : [];
  return [...failures.slice(0, MAX_FAILURES), ...rest].join('; ');
}
