import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import { place } from '../ui/place.js';
import { absolute, clock, duration } from '../ui/time.js';
import { timelineOf, type TimelineEntry } from './timeline.js';

const KINDS: Record<TimelineEntry['kind'], string> = {
  webhook: 'webhook',
  transition: 'state',
  message: 'text',
  call: 'call',
};

/** The history, oldest first: webhooks, transitions, texts of the provisioner, calls to Vercel. */
export function Timeline({ action }: { action: ActionDetail }) {
  const entries = timelineOf(action);
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      <p class="hint">All times are UTC{entries[0] && `, from ${entries[0].at.slice(0, 10)}`}.</p>
      <ol class="timeline">
        {entries.map((entry, index) => (
          <Line key={entry.key} entry={entry} before={entries[index - 1]} />
        ))}
      </ol>
    </section>
  );
}

function Line({ entry, before }: { entry: TimelineEntry; before: TimelineEntry | undefined }) {
  const { at, kind, tone, title, detail, delivery } = entry;
  return (
    <li class={`${kind} ${tone}`}>
      <time dateTime={at} title={absolute(at)}>
        {clock(at)}
      </time>
      <span class="gap">{gapOf(entry, before)}</span>
      <span class="kind">{KINDS[kind]}</span>
      <span class="what">
        {delivery === null ? (
          <span class="name">{title}</span>
        ) : (
          <a href={place.delivery(delivery)}>{title}</a>
        )}
        {detail !== null && <span class="detail"> {detail}</span>}
        {entry.times > 1 && (
          <span class="times">
            {' '}
            ×{entry.times}
            {entry.until !== null && `, last at ${clock(entry.until)}`}
          </span>
        )}
      </span>
    </li>
  );
}

/** The time since the line before. Empty below 10 ms. */
function gapOf({ at }: TimelineEntry, before: TimelineEntry | undefined): string {
  if (before === undefined) return '';
  const ms = Date.parse(at) - Date.parse(before.until ?? before.at);
  return ms < 10 ? '' : `+${duration(ms)}`;
}
