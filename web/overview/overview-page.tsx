import { useLocation } from 'preact-iso';
import type { SummaryAnswer, WindowName } from '../../src/api/summary/summary-answer.js';
import { useAnswer } from '../api/use-answer.js';
import { Ago } from '../ui/ago.js';
import { Loading, ProblemNotice } from '../ui/notice.js';
import { place, withQuery } from '../ui/place.js';
import { useTitle } from '../ui/title.js';
import { Oldest } from './oldest.js';
import { Provisioners } from './provisioners.js';
import { StateCounts } from './state-counts.js';
import { ThroughputPlot, UnblockPlot } from './plots.js';
import { VercelHealth } from './vercel-health.js';

const WINDOWS: readonly [WindowName, string][] = [
  ['1h', 'Last hour'],
  ['24h', 'Last 24 hours'],
];
const EVERY_MS: Record<WindowName, number> = { '1h': 5_000, '24h': 30_000 };

/** The present state of all actions, and the ones to look at. */
export function OverviewPage() {
  useTitle('Overview');
  const { query } = useLocation();
  const window: WindowName = query['window'] === '24h' ? '24h' : '1h';
  const { data, problem, refresh } = useAnswer<SummaryAnswer>(`/summary?window=${window}`, EVERY_MS[window]);
  return (
    <>
      <div class="title">
        <h1>Overview</h1>
        <WindowChoice chosen={window} />
        {data && (
          <span class="hint as-of">
            as of <Ago at={data.at} />
          </span>
        )}
      </div>
      {problem && <ProblemNotice problem={problem} retry={refresh} />}
      {data === null && problem === null && <Loading what="the overview" />}
      {data && <Panels summary={data} />}
    </>
  );
}

function WindowChoice({ chosen }: { chosen: WindowName }) {
  return (
    <nav class="choice" aria-label="Time range">
      {WINDOWS.map(([name, label]) => (
        <a
          key={name}
          href={withQuery(place.overview, { window: name === '1h' ? undefined : name })}
          aria-current={name === chosen ? 'true' : undefined}
        >
          {label}
        </a>
      ))}
    </nav>
  );
}

function Panels({ summary }: { summary: SummaryAnswer }) {
  return (
    <div class="panels">
      <StateCounts summary={summary} />
      <Oldest oldest={summary.oldest} />
      <Provisioners provisioners={summary.provisioners} window={summary.window.name} />
      <ThroughputPlot summary={summary} />
      <UnblockPlot summary={summary} />
      <VercelHealth vercel={summary.vercel} window={summary.window} />
    </div>
  );
}
