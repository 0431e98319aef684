import { isFresh } from '../run/claim.js';
import type { RunMemory } from '../run/run-memory.js';
import type { StepInput } from '../run/step-input.js';
import type { Tools } from '../ports/tools.js';
import { reportProgress } from '../steps/step-report.js';

/** A call that ends sooner gets no report of its own: the next report follows at once. */
const SLOW_MS = 2_000;

/**
 * Reports to Vercel that the action is in progress when a call takes long, so that people see a sign of life
 * and where to follow it. `end` resolves once no such report is in flight, with what the worker knows after
 * it.
 */
export function reportWhenSlow(input: StepInput, tools: Tools): { end(): Promise<RunMemory> } {
  const { memory, view } = input;
  if (memory.lastProgress !== null || view.state !== 'provisioning') return { end: async () => memory };
  const over = new AbortController();
  const reporting = tools.clock
    .sleep(SLOW_MS, over.signal)
    .then(() => (over.signal.aborted ? memory : report(input, tools)));
  reporting.catch(() => undefined); // `end` throws it; until then it must not count as unhandled
  return {
    end: () => {
      over.abort();
      return reporting;
    },
  };
}

/** A process that was paused may hold a claim that belongs to another worker by now: it reports nothing. */
async function report(input: StepInput, tools: Tools): Promise<RunMemory> {
  const { view, claim, memory, signals } = input;
  if (signals.interruption || !isFresh(claim, tools.clock.now())) return memory;
  const name = tools.actions.get(view.action)?.name ?? view.action;
  return reportProgress(input, tools, view.progressText ?? `${name}: in progress`);
}
