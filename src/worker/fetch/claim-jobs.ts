import type { ActionView } from '../../action/claims/action-view.js';
import { QUEUE } from '../../database/queue/queue.js';
import type { InstallationAccess } from '../../installation/installation-access.js';
import { JobSpan } from '../../tracing/job-span.js';
import { prefetchDeployment, type DeploymentPrefetch } from '../ports/deployment-prefetch.js';
import { ActionRun } from '../run/action-run.js';
import { isReporting, startMemory } from '../values/run-memory.js';
import type { RunPorts } from '../ports/run-ports.js';
import type { FetchedJob } from './job-completer.js';

/** A job and the run of the action that it claimed; null when the action has nothing to do. */
export interface ClaimedJob {
  readonly job: FetchedJob;
  readonly span: JobSpan;
  readonly run: ActionRun | null;
}

interface Prepared {
  readonly job: FetchedJob;
  readonly span: JobSpan;
  readonly access: InstallationAccess;
  readonly prefetch: DeploymentPrefetch | null;
}

/** Claims the actions of these jobs, and looks up tokens and deployments at the same time. */
export async function claimJobs(jobs: FetchedJob[], ports: RunPorts): Promise<ClaimedJob[]> {
  const fetched = jobs.map((job) => ({ job, span: JobSpan.of(QUEUE, job) }));
  const preparing = prepare(fetched, ports);
  try {
    const claiming = ports.claims.claim(jobs.map(({ data }) => data.actionId));
    const [views, prepared] = await Promise.all([claiming, preparing]);
    return runsOf(views, await transferred(views, prepared, ports), ports);
  } catch (error) {
    for (const { span } of fetched) span.abandon(error);
    preparing.then(
      (prepared) => prepared.forEach(({ prefetch }) => prefetch?.drop()),
      () => undefined, // the same error, or one that accompanies it
    );
    throw error;
  }
}

async function prepare(
  fetched: Pick<Prepared, 'job' | 'span'>[],
  { access: lookUp, stepPorts }: RunPorts,
): Promise<Prepared[]> {
  const accesses = await lookUp(fetched.map(({ job }) => job.data));
  return fetched.map(({ job, span }, index) => {
    const access = accesses[index] as InstallationAccess;
    const prefetch = span.run(() => prefetchDeployment(job.data, access, stepPorts.gateway));
    return { job, span, access, prefetch };
  });
}

/**
 * Looks up access again for an action whose resource moved to another installation after its job was made.
 */
async function transferred(
  views: ActionView[],
  prepared: Prepared[],
  { access: lookUp }: RunPorts,
): Promise<Prepared[]> {
  const now = new Map(views.map((view) => [view.id, view]));
  const moved = prepared.flatMap((one) => {
    const view = now.get(one.job.data.actionId);
    return view && view.installationId !== one.job.data.installationId ? [{ one, view }] : [];
  });
  if (moved.length === 0) return prepared;
  const accesses = await lookUp(moved.map(({ view }) => view));
  const fresh = new Map(moved.map(({ one }, index) => [one, accesses[index] as InstallationAccess]));
  return prepared.map((one) => {
    const access = fresh.get(one);
    if (access === undefined) return one;
    one.prefetch?.drop();
    return { ...one, access, prefetch: null };
  });
}

function runsOf(views: ActionView[], prepared: Prepared[], ports: RunPorts): ClaimedJob[] {
  const claimed = new Map(views.map((view) => [view.id, view]));
  return prepared.map((one) => {
    const { job, span, prefetch } = one;
    const view = claimed.get(job.data.actionId);
    claimed.delete(job.data.actionId);
    if (view?.state !== 'queued') prefetch?.drop(); // another step is due, or none
    if (view) span.claimed(view);
    return { job, span, run: view ? runOf(view, one, ports) : null };
  });
}

function runOf(view: ActionView, { job, access, prefetch }: Prepared, ports: RunPorts): ActionRun {
  const now = ports.stepPorts.clock.now();
  const carried = {
    tries: job.data.tries ?? 0,
    reportUnknown: mayHaveReported(job, view),
    prefetch: view.state === 'queued' ? prefetch : null,
  };
  const claim = { id: view.id, token: view.attempt, confirmedAt: now };
  return new ActionRun({ view, claim, access, memory: startMemory(view, carried, now) }, ports);
}

/** Whether an earlier report may have arrived. Assumed after a crash; a deferred job contains the answer. */
function mayHaveReported(job: FetchedJob, view: ActionView): boolean {
  if (!isReporting(view)) return false;
  return job.retryCount > 0 || (job.data.reportUnknown ?? true);
}
