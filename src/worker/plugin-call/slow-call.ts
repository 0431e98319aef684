import { isFresh } from '../values/claim.js';
import type { RunMemory } from '../values/run-memory.js';
import type { StepInput } from '../values/step-input.js';
import type { StepPorts } from '../ports/step-ports.js';
import { reportProgress } from '../reports/send-report.js';

/** Milliseconds after which a call is reported as in progress. */
const SLOW_MS = 2_000;

/**
 * Reports `running` when a call is slow, so that people see progress and the link. `end` waits for that
 * report and returns the memory after it.
 */
export function reportWhenSlow(input: StepInput, ports: StepPorts): { end(): Promise<RunMemory> } {
  const { memory, view } = input;
  if (memory.lastProgress !== null || view.state !== 'provisioning') return { end: async () => memory };
  const over = new AbortController();
  const reporting = ports.clock
    .sleep(SLOW_MS, over.signal)
    .then(() => (over.signal.aborted ? memory : report(input, ports)));
  reporting.catch(() => undefined); // `end` throws it; until then it must not count as unhandled
  return {
    end: () => {
      over.abort();
      return reporting;
    },
  };
}

/** Reports nothing if the process was paused: another worker may have claimed the action. */
async function report(input: StepInput, ports: StepPorts): Promise<RunMemory> {
  const { view, claim, memory, signals } = input;
  if (signals.interruption || !isFresh(claim, ports.clock.now())) return memory;
  const name = ports.actions.get(view.action)?.name ?? view.action;
  return reportProgress(input, ports, view.progressText ?? `${name}: in progress`);
}
