/**
 * Writes deploy/monitoring/dashboard.json, the dashboard for Grafana, from the rows in scripts/dashboard/.
 *
 *   node scripts/dashboard.ts           writes it
 *   node scripts/dashboard.ts --check   fails when the file is not what it would write
 */
import { readFile, writeFile } from 'node:fs/promises';
import { intake } from './dashboard/intake.ts';
import { dashboardOf } from './dashboard/model.ts';
import { overview } from './dashboard/overview.ts';
import { postgres } from './dashboard/postgres.ts';
import { process as processes } from './dashboard/process.ts';
import { vercel } from './dashboard/vercel.ts';
import { worker } from './dashboard/worker.ts';

const FILE = new URL('../deploy/monitoring/dashboard.json', import.meta.url);
const text = `${JSON.stringify(dashboardOf([overview, intake, worker, vercel, postgres, processes]), null, 2)}\n`;

async function check(): Promise<void> {
  const present = await readFile(FILE, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '';
    throw cause;
  });
  if (present === text) return;
  console.error(
    'dashboard: deploy/monitoring/dashboard.json is not what the rows say; run: node scripts/dashboard.ts',
  );
  process.exitCode = 1;
}

const [argument, ...rest] = process.argv.slice(2);
if (argument === undefined) await writeFile(FILE, text);
else if (argument === '--check' && rest.length === 0) await check();
else {
  console.error(`dashboard: unknown argument ${[argument, ...rest].join(' ')}; known: --check`);
  process.exitCode = 2;
}
