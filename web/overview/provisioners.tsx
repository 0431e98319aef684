import type { SummaryAnswer } from '../../src/api/summary/summary-answer.js';
import { Ago } from '../ui/ago.js';
import { Empty } from '../ui/notice.js';
import { place, withQuery } from '../ui/place.js';

type Provisioner = SummaryAnswer['provisioners'][number];

/** Failed actions of the window by slug, with the text of the last failure. */
export function Provisioners({ provisioners, window }: { provisioners: Provisioner[]; window: string }) {
  return (
    <section aria-labelledby="provisioners">
      <h2 id="provisioners">Failing provisioners</h2>
      {provisioners.length === 0 && (
        <Empty>No action failed in the last {window === '1h' ? 'hour' : '24 hours'}.</Empty>
      )}
      <ul class="failing">
        {provisioners.map((provisioner) => (
          <Failing key={provisioner.action} {...provisioner} />
        ))}
      </ul>
    </section>
  );
}

function Failing({ action, failed, succeeded, reasons, last }: Provisioner) {
  const why = Object.entries(reasons).map(([reason, count]) => `${reason} ${count}`);
  return (
    <li>
      <p>
        <a href={withQuery(place.actions, { action, outcome: 'failed' })}>
          <strong>{action}</strong>
        </a>{' '}
        failed {failed} of {failed + succeeded} <span class="hint">({why.join(', ')})</span>
      </p>
      <p>
        Last <Ago at={last.at} />:{' '}
        <a href={place.action(last.actionId)}>{last.statusText ?? 'no reason given'}</a>
      </p>
    </li>
  );
}
