/**
 * Writes deploy/monitoring/dashboard.json, the dashboard for Grafana, from the rows in scripts/dashboard/.
 *
 *   node scripts/dashboard.ts           writes it
 *   node scripts/dashboard.ts --check   fails if the file is outdated
 */
import { intake } from './dashboard/intake.ts';
import { dashboardOf } from './dashboard/model.ts';
import { overview } from './dashboard/overview.ts';
import { postgres } from './dashboard/postgres.ts';
import { process } from './dashboard/process.ts';
import { vercel } from './dashboard/vercel.ts';
import { worker } from './dashboard/worker.ts';
import { writeOrCheck } from './generated-files.ts';

const text = (): string =>
  `${JSON.stringify(dashboardOf([overview, intake, worker, vercel, postgres, process]), null, 2)}\n`;

await writeOrCheck('scripts/dashboard.ts', [{ path: 'deploy/monitoring/dashboard.json', text }]);
