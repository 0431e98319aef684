import type { ActionView } from '../action/action.view.js';
import type { Access } from '../installation/access.js';
import { askAhead, type Ahead } from './ahead.js';
import { Errand } from './errand.js';
import type { Job } from './finisher.js';
import type { Running } from './run.js';

/** A job and what came of claiming its action; null: there is nothing to do for it. */
export interface Claimed {
  readonly job: Job;
  readonly errand: Errand | null;
}

interface Prepared {
  readonly job: Job;
  readonly access: Access;
  readonly ahead: Ahead | null;
}

/** Claims the actions of a list of jobs, and meanwhile has looked up and asked ahead what their first steps need. */
export async function claimAll(jobs: Job[], running: Running): Promise<Claimed[]> {
  const preparing = prepare(jobs, running);
  try {
    const claiming = running.store.claim(jobs.map(({ data }) => data.actionId));
    const [views, prepared] = await Promise.all([claiming, preparing]);
    return errandsOf(views, prepared);
  } catch (error) {
    preparing.then(
      (prepared) => prepared.forEach(({ ahead }) => ahead?.drop()),
      () => undefined, // it is the error that is thrown here, or came with it
    );
    throw error;
  }
}

async function prepare(jobs: Job[], { access: lookUp, tools }: Running): Promise<Prepared[]> {
  const accesses = await lookUp(jobs.map(({ data }) => data));
  return jobs.map((job, index) => {
    const access = accesses[index] as Access;
    return { job, access, ahead: askAhead(job.data, access, tools.gateway) };
  });
}

function errandsOf(views: ActionView[], prepared: Prepared[]): Claimed[] {
  const claimed = new Map(views.map((view) => [view.id, view]));
  return prepared.map(({ job, access, ahead }) => {
    const view = claimed.get(job.data.actionId);
    claimed.delete(job.data.actionId);
    const errand = view ? errandOf(job, view, access) : null;
    if (errand?.view.state === 'queued') errand.ahead = ahead;
    else ahead?.drop(); // another step is due, or none
    return { job, errand };
  });
}

function errandOf(job: Job, view: ActionView, access: Access): Errand {
  return new Errand(view, access, job.data.tries ?? 0, mayHaveReported(job, view));
}

/** A worker that took the action over from a crash cannot know; one that goes on with a deferred report was told. */
function mayHaveReported(job: Job, view: ActionView): boolean {
  if (view.state !== 'reporting') return false;
  return job.retryCount > 0 || (job.data.reportUnknown ?? true);
}
