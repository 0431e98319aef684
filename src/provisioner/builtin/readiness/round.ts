import { PermanentError } from '../../provisioner.js';
import { explain } from './explain.js';
import type { HostResolver } from './probes/host-resolver.js';
import type { Probe } from './probes/probe.js';

/**
 * Runs all probes at once. Returns one sentence per failed probe, in their order, after all have ended, so
 * that no connection stays open. Throws PermanentError for a host that probes may not reach, and the
 * signal's reason on abort.
 */
export async function runRound(
  probes: readonly Probe[],
  resolver: HostResolver,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const results = await Promise.allSettled(
    probes.map(async (probe) => {
      try {
        return await run(probe, resolver, either);
      } catch (error) {
        stop.abort(error); // The results of the other probes no longer matter.
        throw error;
      }
    }),
  );
  signal.throwIfAborted();
  const refused = results
    .filter((result) => result.status === 'rejected')
    .map(({ reason }) => reason as Error);
  const [first] = refused.toSorted((a, b) => Number(PermanentError.is(b)) - Number(PermanentError.is(a)));
  if (first !== undefined) throw first;
  return results.flatMap((result) => (result.status === 'fulfilled' ? (result.value ?? []) : []));
}

async function run(probe: Probe, resolver: HostResolver, signal: AbortSignal): Promise<string | null> {
  const { subject, host, port, timeoutMs } = probe;
  const limit = AbortSignal.timeout(timeoutMs);
  const either = AbortSignal.any([signal, limit]);
  try {
    const to = await resolver.resolve(host, port, either);
    const problem = await probe.try(to, either, timeoutMs);
    return problem === null ? null : `${subject} ${problem}`;
  } catch (error) {
    signal.throwIfAborted();
    if (PermanentError.is(error)) throw error;
    if (limit.aborted) return `${subject} did not answer within ${timeoutMs / 1000} s`;
    return `${subject} ${explain(error)}`;
  }
}
