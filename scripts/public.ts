/**
 * Compares everything that others rely on with another commit: routes, commands, settings, metrics, events,
 * manifests, types. Descriptions and messages do not count. Both trees must be built, and HELM and KUBECTL
 * must name these programs.
 *
 *   node scripts/public.ts --against DIR   prints each difference from DIR; fails over an unintended one
 *   node scripts/public.ts --of DIR        prints the surfaces of the tree in DIR as JSON
 *   node scripts/public.ts --plugins DIR   packs the plugins of the tree in DIR and runs them with this tree
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { runPlugins } from './public/plugins/run.ts';
import { report } from './public/report.ts';
import { surfacesOf, type Surfaces } from './public/surfaces.ts';

const HERE = new URL('..', import.meta.url).pathname.replace(/\/$/, '');

const { values } = parseArgs({
  options: { against: { type: 'string' }, of: { type: 'string' }, plugins: { type: 'string' } },
});

/** In a process of its own: metrics and validators of two trees in one process would mix. */
function readIn(root: string): Surfaces {
  const output = execFileSync(process.execPath, [import.meta.filename, '--of', root], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1e9,
  });
  return JSON.parse(output) as Surfaces;
}

if (values.of !== undefined) {
  const surfaces = JSON.stringify(await surfacesOf(values.of));
  // Timers of the loaded modules would keep the process running.
  process.stdout.write(surfaces, () => process.exit());
} else if (values.plugins !== undefined) {
  await runPlugins(values.plugins, HERE);
} else if (values.against !== undefined) {
  const { text, isUnchanged } = report(readIn(values.against), readIn(HERE));
  console.log(text);
  if (!isUnchanged) process.exitCode = 1;
} else {
  console.error('scripts/public.ts: name the other tree: --against DIR or --plugins DIR');
  process.exitCode = 2;
}
