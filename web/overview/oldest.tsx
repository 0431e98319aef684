import type { SummaryAnswer } from '../../src/operator/summary/summary.answer.js';
import { Empty } from '../words/notice.js';
import { now } from '../words/now.js';
import { place } from '../words/place.js';
import { StateMark } from '../words/state.js';
import { absolute, duration } from '../words/time.js';

/** What has waited longest in each state in which something has to happen: the first place to look. */
export function Oldest({ oldest }: { oldest: SummaryAnswer['oldest'] }) {
  const sorted = oldest.toSorted((one, other) => one.createdAt.localeCompare(other.createdAt));
  return (
    <section aria-labelledby="oldest">
      <h2 id="oldest">Waiting longest</h2>
      {sorted.length === 0 ? (
        <Empty>Nothing waits.</Empty>
      ) : (
        <table>
          <thead>
            <tr>
              <th>State</th>
              <th class="number">For</th>
              <th>Action</th>
            </tr>
          </thead>
          <tbody>
            {sorted.map(({ state, actionId, createdAt }) => (
              <tr key={state}>
                <td>
                  <StateMark state={state} />
                </td>
                <td class="number" title={absolute(createdAt)}>
                  {duration(now.value - Date.parse(createdAt))}
                </td>
                <td>
                  <a class="id" href={place.action(actionId)}>
                    {actionId}
                  </a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
