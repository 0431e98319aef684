import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import type { SummaryAnswer } from '../../src/api/summary/summary-answer.js';
import { useAnswer } from '../api/use-answer.js';
import { Empty } from '../ui/notice.js';
import { now } from '../ui/now.js';
import { place } from '../ui/place.js';
import { StateMark } from '../ui/state.js';
import { absolute, duration } from '../ui/time.js';

type Waiting = SummaryAnswer['oldest'][number];

const EVERY_MS = 10_000;

/** The oldest action in each state in which a worker has to act: the first place to look. */
export function Oldest({ oldest }: { oldest: Waiting[] }) {
  const sorted = oldest.toSorted((one, other) => one.createdAt.localeCompare(other.createdAt));
  return (
    <section aria-labelledby="oldest">
      <h2 id="oldest">Waiting longest</h2>
      {sorted.length === 0 && <Empty>No action is waiting.</Empty>}
      <ul class="waiting">
        {sorted.map((waiting) => (
          <WaitingLine key={waiting.actionId} {...waiting} />
        ))}
      </ul>
    </section>
  );
}

/** Reads the action, because the summary contains only its id. */
function WaitingLine({ state, actionId, createdAt }: Waiting) {
  const { data } = useAnswer<ActionDetail>(`/actions/${actionId}`, EVERY_MS);
  return (
    <li>
      <p>
        <StateMark state={state} />{' '}
        <span class="number" title={absolute(createdAt)}>
          for {duration(now.value - Date.parse(createdAt))}
        </span>{' '}
        <a class="id" href={place.action(actionId)}>
          {data?.deploymentId ?? actionId}
        </a>
      </p>
      {data && (
        <p class="hint">
          {[data.action, data.project, data.gitRef].filter(Boolean).join(' · ')}
          {data.statusText !== null && `: ${data.statusText}`}
        </p>
      )}
    </li>
  );
}
