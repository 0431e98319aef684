import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import { now } from '../ui/now.js';
import { duration } from '../ui/time.js';
import { nameOf } from './cause.js';
import { runsOf, type Bar, type Run } from './time-bars.js';

/** The time spent in each state and call, run by run. */
export function TimeBars({ action }: { action: ActionDetail }) {
  const runs = runsOf(action, now.value);
  return (
    <section aria-labelledby="bars">
      <h2 id="bars">Where the time went</h2>
      {runs.toReversed().map((run) => (
        <RunBars key={run.startedAt} run={run} />
      ))}
    </section>
  );
}

function RunBars({ run }: { run: Run }) {
  return (
    <div class="run">
      <p>
        {run.event} by {nameOf(run.actor)}: <strong>{duration(run.ms)}</strong>
      </p>
      <dl class="bars">
        {run.bars.map((bar, index) => (
          <BarLine key={index} bar={bar} total={run.ms} />
        ))}
      </dl>
    </div>
  );
}

/** One bar, hidden from screen readers. SVG, because the content policy forbids inline styles. */
function BarLine({ bar, total }: { bar: Bar; total: number }) {
  const scale = (ms: number): number => (total <= 0 ? 0 : (ms / total) * 1000);
  return (
    <div class={`bar ${bar.kind}`}>
      <dt>{bar.name}</dt>
      <dd class="number">
        {duration(bar.ms)}
        {bar.open && ' …'}
      </dd>
      <dd class="drawing" aria-hidden="true">
        <svg viewBox="0 0 1000 10" preserveAspectRatio="none">
          {bar.stretches.map(({ from, ms }, index) => (
            <rect
              key={index}
              x={Math.min(scale(from), 994)}
              y="0"
              width={Math.max(scale(ms), 6)}
              height="10"
            />
          ))}
        </svg>
      </dd>
    </div>
  );
}
