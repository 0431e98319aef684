import type { SummaryAnswer } from '../../src/api/summary/summary-answer.js';
import { Ago } from '../ui/ago.js';
import { Empty } from '../ui/notice.js';
import { duration } from '../ui/time.js';
import { VercelPlot } from './plots.js';

type Vercel = SummaryAnswer['vercel'];

/** Calls to Vercel's API: counts, failures, response times. */
export function VercelHealth({ vercel, window }: { vercel: Vercel; window: SummaryAnswer['window'] }) {
  return (
    <section class="wide" aria-labelledby="vercel">
      <h2 id="vercel">Vercel’s API</h2>
      {vercel.calls === 0 ? <Empty>No calls in this period.</Empty> : <Operations vercel={vercel} />}
      {vercel.lastError && <LastError {...vercel.lastError} />}
      <VercelPlot vercel={vercel} window={window} />
    </section>
  );
}

function Operations({ vercel: { operations } }: { vercel: Vercel }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Calls by operation">
      <table>
        <thead>
          <tr>
            <th>Operation</th>
            <th class="number">Calls</th>
            <th class="number">Failed</th>
            <th class="number">Rate limited</th>
            <th class="number">p50</th>
            <th class="number">p95</th>
            <th class="number">p99</th>
          </tr>
        </thead>
        <tbody>
          {operations.map(({ operation, calls, failed, rateLimited, p50Ms, p95Ms, p99Ms }) => (
            <tr key={operation}>
              <td>{operation}</td>
              <td class="number">{calls}</td>
              <td class={`number ${failed > 0 ? 'bad' : ''}`}>{failed}</td>
              <td class={`number ${rateLimited > 0 ? 'bad' : ''}`}>{rateLimited}</td>
              {[p50Ms, p95Ms, p99Ms].map((ms, index) => (
                <td key={index} class="number">
                  {ms === null ? '–' : duration(ms)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function LastError({ at, operation, status, code }: NonNullable<Vercel['lastError']>) {
  const what = [status === null ? 'no answer' : String(status), code].filter(Boolean).join(' ');
  return (
    <p>
      Last error: {operation} failed with <strong>{what}</strong>, <Ago at={at} />
    </p>
  );
}
