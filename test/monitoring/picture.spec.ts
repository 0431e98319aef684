import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startBrowser } from '../browser/chromium.js';
import { smaller } from '../browser/picture.js';
import { PANELS } from './dashboard.js';
import { startDemo } from './demo.js';
import { deployFor } from './load.js';
import { startPrometheus } from './prometheus.js';
import { ROOT } from './rules.js';
import { lookAt } from './seen.js';

const MINUTES = 6;
const UPLOT = join(ROOT, 'node_modules/uplot/dist');
const IMAGES = join(ROOT, 'docs/images');
const WIDTH = 1_600;

/** Says where the values come from and what draws them. */
const CAPTION = `The queries of deploy/monitoring/dashboard.json over ${MINUTES} minutes of the demo, answered by a real Prometheus. Drawn by test/monitoring/picture.spec.ts, not by Grafana.`;
const STYLE = `
  body {
    margin: 0; padding: 12px 8px; background: #f2f4f7; color: #1f2630;
    font: 13px/1.35 system-ui, sans-serif; width: ${WIDTH - 16}px;
  }
  header { margin: 0 0 10px; }
  h1 { margin: 0; font-size: 20px; }
  header p { margin: 2px 0 0; color: #5a6472; }
  main { position: relative; }
  section {
    position: absolute; box-sizing: border-box; background: #fff; border: 1px solid #dfe3e8;
    border-radius: 4px; padding: 6px; overflow: hidden; display: flex; flex-direction: column;
  }
  section.row { background: none; border: 0; padding: 2px; } section.row h2 { font-size: 15px; }
  h2 { margin: 0 0 4px; font-size: 12.5px; font-weight: 600; }
  .values { display: flex; flex: 1; gap: 24px; align-items: center; justify-content: center; }
  .value { margin: 0; font-size: 30px; font-weight: 600; text-align: center; }
  .value small { display: block; font-size: 11px; font-weight: 400; color: #5a6472; }
  .legend {
    margin: 0; font-size: 10.5px; line-height: 14px; color: #3b4452; max-height: 42px; overflow: hidden;
  }
  .legend span { margin-right: 12px; white-space: nowrap; }
  .legend span::before {
    content: ''; display: inline-block; width: 10px; height: 3px; margin: 0 4px 3px 0;
    background: var(--color);
  }
  table { border-collapse: collapse; }
  th, td { text-align: left; padding: 4px 10px 4px 2px; border-bottom: 1px solid #e8ebef; }
  th { color: #5a6472; font-weight: 500; }
`;

/**
 * Draws the picture of docs/monitoring.md with SCREENSHOTS=1. It takes minutes; other tests check the
 * queries.
 */
describe.runIf(process.env['SCREENSHOTS'] === '1')('the picture of the dashboard', () => {
  const ends: (() => Promise<void>)[] = [];
  const own = <T>(made: T, end: () => Promise<void>): T => {
    ends.unshift(end);
    return made;
  };
  afterAll(async () => {
    for (const end of ends) await end();
  });

  it('shows the results of its queries', { timeout: (MINUTES + 6) * 60_000 }, async () => {
    const demo = await startDemo().then((one) => own(one, () => one.stop()));
    const prometheus = await startPrometheus([demo.web, demo.worker], 2).then((one) =>
      own(one, () => one.stop()),
    );
    await deployFor((MINUTES - 0.5) * 60_000, await demo.played());
    const seen = await lookAt(prometheus, MINUTES);
    expect(seen.flatMap(({ lines }) => lines).length).toBeGreaterThan(seen.length);

    const browser = await startBrowser().then((one) => own(one, () => one.close()));
    const page = await browser.newPage({ viewport: { width: WIDTH, height: 900 } });
    await page.setContent(`<header><h1>Drawbridge</h1><p>${CAPTION}</p></header><main></main>`);
    await page.addStyleTag({ content: `${STYLE}${await readFile(join(UPLOT, 'uPlot.min.css'), 'utf8')}` });
    await page.addScriptTag({ path: join(UPLOT, 'uPlot.iife.min.js') });
    await page.addScriptTag({ path: join(import.meta.dirname, 'drawing.js') });
    const heads = PANELS.filter(({ type }) => type === 'row');
    await page.evaluate(
      `drawDashboard(document.querySelector('main'), ${JSON.stringify(seen)}, ${JSON.stringify(heads)})`,
    );
    await page.waitForTimeout(500); // uPlot draws in the next turn
    await writeFile(join(IMAGES, 'dashboard.png'), smaller(await page.screenshot({ fullPage: true })));
  });
});
