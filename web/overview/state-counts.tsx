import { STATES } from '../../src/state-machine/action-state.js';
import type { SummaryAnswer } from '../../src/api/summary/summary-answer.js';
import { place, withQuery } from '../ui/place.js';
import { StateMark, toneOf } from '../ui/state.js';

/** The number of actions in each state, linked to their list. */
export function StateCounts({ summary: { states, countedUpTo } }: { summary: SummaryAnswer }) {
  return (
    <section class="wide" aria-labelledby="states">
      <h2 id="states">Actions by state</h2>
      <ul class="states">
        {STATES.map((state) => (
          <li key={state} class={states[state] === 0 ? 'none' : toneOf(state)}>
            <a href={withQuery(place.actions, { state })}>
              <span class="count">{count(states[state], countedUpTo)}</span>
              <StateMark state={state} />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function count(value: number, upTo: number): string {
  return value >= upTo ? `${upTo.toLocaleString('en')}+` : value.toLocaleString('en');
}
