import { useRoute } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { isWorking } from '../../src/state-machine/action-state.js';
import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import { useAnswer } from '../api/use-answer.js';
import { onTransition } from '../live/live.js';
import { Loading, ProblemNotice } from '../ui/notice.js';
import { StateMark } from '../ui/state.js';
import { useTitle } from '../ui/title.js';
import { CauseBox } from './cause-box.js';
import { Commands } from './commands.js';
import { ActionFields } from './action-fields.js';
import { Holdings } from './holdings.js';
import { RestoredNotice } from './restored-notice.js';
import { RawAction } from './raw-action.js';
import { TimeBars } from './time-bars-view.js';
import { Timeline } from './timeline-view.js';

/** Refresh intervals, because texts and calls change without a transition, often while a worker acts. */
const WORKING_MS = 1_500;
const RESTING_MS = 15_000;

/** One action: its problem, its timeline and its commands. */
export function ActionPage() {
  const id = useRoute().params['id'] ?? '';
  const path = `/actions/${encodeURIComponent(id)}`;
  const [everyMs, setEveryMs] = useState(WORKING_MS);
  const { data, problem, refresh } = useAnswer<ActionDetail>(path, everyMs);
  const state = data?.state;
  useEffect(() => setEveryMs(state === undefined || isWorking(state) ? WORKING_MS : RESTING_MS), [state]);
  useTitle(data === null ? 'Action' : `${data.state}: ${data.deploymentId}`);
  useEffect(() => onTransition(({ actionId }) => actionId === id && refresh()), [id, refresh]);
  return (
    <>
      {data === null && <h1>Action</h1>}
      {problem && <ProblemNotice problem={problem} retry={refresh} />}
      {data === null && problem === null && <Loading what="the action" />}
      {data && <Content action={data} changed={refresh} />}
    </>
  );
}

function Content({ action, changed }: { action: ActionDetail; changed: () => void }) {
  return (
    <article class="action">
      <div class="title">
        <h1>
          <span class="kind">{action.action}</span> for <span class="id">{action.deploymentId}</span>
        </h1>
        <StateMark state={action.state} />
      </div>
      <CauseBox action={action} />
      <RestoredNotice action={action} />
      <Commands action={action} changed={changed} />
      <div class="columns">
        <div class="story">
          <Timeline action={action} />
        </div>
        <div class="aside">
          <TimeBars action={action} />
          <ActionFields action={action} />
          <Holdings action={action} />
          <RawAction action={action} />
        </div>
      </div>
    </article>
  );
}
