/** The time limit of waits in tests. It finds hangs and measures nothing, because machines may be busy. */
export const WAIT_MS = 90_000;

/**
 * Waits until `probe` returns something other than undefined or false. Rejects with the probe's text after
 * `ms`.
 */
export async function eventually<T>(
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  ms = WAIT_MS,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const seen = await probe();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > end) throw new Error(`eventually: not within ${ms} ms: ${probe.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
