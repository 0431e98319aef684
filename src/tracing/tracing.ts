import type { TracingConfig } from '../config/env/tracing.js';

/** Sends what is left, within a bounded time. Never throws. */
export type StopTracing = () => Promise<void>;

const NOTHING: StopTracing = async () => undefined;

/**
 * Turns tracing on for this process, if it is wanted. Otherwise nothing of OpenTelemetry but its API is loaded.
 *
 * @param say told when spans cannot be sent
 */
export async function startTracing(
  config: TracingConfig | null,
  roles: Iterable<string>,
  say: (text: string) => void,
): Promise<StopTracing> {
  if (config === null) return NOTHING;
  const { start } = await import('./sdk.js');
  return start(config, [...roles], say);
}
