import type { ActionRun } from '../run/action-run.js';
import { tellRunning } from './step-report.js';
import type { Tools } from '../run/tools.js';

/** A call that is over sooner needs no word of its own: the next report comes at once. */
const SLOW_MS = 2_000;
/** A process that was paused for longer may hold a claim that is somebody else's now; it says nothing. */
const FRESH_MS = 5_000;

/**
 * Tells Vercel that the action is under way when `call` takes long, so that whoever waits sees a sign of life and where to follow it.
 * Resolves once both are over: a word about being under way must not come after the verdict.
 */
export async function tellingWhenSlow<T>(errand: ActionRun, tools: Tools, call: Promise<T>): Promise<T> {
  if (errand.lastRunning !== null || errand.view.state !== 'provisioning') return call;
  let told: Promise<void> | null = null;
  const timer = setTimeout(() => {
    told = tell(errand, tools);
  }, SLOW_MS);
  try {
    return await call;
  } finally {
    clearTimeout(timer);
    await (told as Promise<void> | null);
  }
}

async function tell(errand: ActionRun, tools: Tools): Promise<void> {
  if (errand.interruption || !errand.isFresh(FRESH_MS)) return;
  const name = tools.actions.get(errand.view.action)?.name ?? errand.view.action;
  const text = errand.view.statusText ?? `${name}: under way`;
  if ((await tellRunning(errand, tools, text)) === 'gone') errand.deploymentGone = true;
}
