import type { ActionView } from '../../action/claims/action-view.js';
import { QUEUE } from '../../database/queue/queue.js';
import type { InstallationAccess } from '../../installation/installation-access.js';
import { JobSpan } from '../../tracing/job-span.js';
import { prefetchDeployment, type DeploymentPrefetch } from './deployment-prefetch.js';
import { ActionRun, isReporting } from '../run/action-run.js';
import type { FetchedJob } from './job-completer.js';
import type { RunPorts } from '../run/run.js';

/** A job and what came of claiming its action; null: there is nothing to do for it. */
export interface ClaimedJob {
  readonly job: FetchedJob;
  readonly span: JobSpan;
  readonly errand: ActionRun | null;
}

interface Prepared {
  readonly job: FetchedJob;
  readonly span: JobSpan;
  readonly access: InstallationAccess;
  readonly ahead: DeploymentPrefetch | null;
}

/** Claims the actions of a list of jobs, and meanwhile has looked up and asked ahead what their first steps need. */
export async function claimJobs(jobs: FetchedJob[], running: RunPorts): Promise<ClaimedJob[]> {
  const fetched = jobs.map((job) => ({ job, span: JobSpan.of(QUEUE, job) }));
  const preparing = prepare(fetched, running);
  try {
    const claiming = running.claims.claim(jobs.map(({ data }) => data.actionId));
    const [views, prepared] = await Promise.all([claiming, preparing]);
    return errandsOf(views, await transferred(views, prepared, running));
  } catch (error) {
    for (const { span } of fetched) span.abandon(error);
    preparing.then(
      (prepared) => prepared.forEach(({ ahead }) => ahead?.drop()),
      () => undefined, // it is the error that is thrown here, or came with it
    );
    throw error;
  }
}

async function prepare(
  fetched: Pick<Prepared, 'job' | 'span'>[],
  { access: lookUp, tools }: RunPorts,
): Promise<Prepared[]> {
  const accesses = await lookUp(fetched.map(({ job }) => job.data));
  return fetched.map(({ job, span }, index) => {
    const access = accesses[index] as InstallationAccess;
    return { job, span, access, ahead: span.run(() => prefetchDeployment(job.data, access, tools.gateway)) };
  });
}

/** A job names the installation of when it was made; its resource may have moved to another since. */
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
    one.ahead?.drop();
    return { ...one, access, ahead: null };
  });
}

function errandsOf(views: ActionView[], prepared: Prepared[]): ClaimedJob[] {
  const claimed = new Map(views.map((view) => [view.id, view]));
  return prepared.map(({ job, span, access, ahead }) => {
    const view = claimed.get(job.data.actionId);
    claimed.delete(job.data.actionId);
    const errand = view ? errandOf(job, view, access) : null;
    if (errand?.view.state === 'queued') errand.ahead = ahead;
    else ahead?.drop(); // another step is due, or none
    if (view) span.claimed(view);
    return { job, span, errand };
  });
}

function errandOf(job: FetchedJob, view: ActionView, access: InstallationAccess): ActionRun {
  return new ActionRun(view, access, job.data.tries ?? 0, mayHaveReported(job, view));
}

/** A worker that took the action over from a crash cannot know; a job that was deferred in the midst of reporting says so. */
function mayHaveReported(job: FetchedJob, view: ActionView): boolean {
  if (!isReporting(view)) return false;
  return job.retryCount > 0 || (job.data.reportUnknown ?? true);
}
