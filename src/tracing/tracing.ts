import type { TracingConfig } from '../config/env/tracing.js';

/** Sends the remaining spans within a time limit. Never throws. */
export type StopTracing = () => Promise<void>;

const NOTHING: StopTracing = async () => undefined;

/**
 * Starts tracing if it is configured. Otherwise loads only the API of OpenTelemetry.
 *
 * @param report receives a message when spans cannot be sent
 */
export async function startTracing(
  config: TracingConfig | null,
  roles: Iterable<string>,
  report: (text: string) => void,
): Promise<StopTracing> {
  if (config === null) return NOTHING;
  const { start } = await import('./sdk.js');
  return start(config, [...roles], report);
}
