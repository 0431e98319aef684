/**
 * Compares everything that others rely on with another commit: routes, commands, settings, metrics, events, manifests, types.
 * Descriptions and messages do not count. Both trees must be built, and HELM and KUBECTL must name these programs.
 *
 *   node scripts/public.ts --against DIR   prints the differences from the tree in DIR; fails when one is not intended
 *   node scripts/public.ts --of DIR        prints the surfaces of the tree in DIR as JSON
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { report } from './public/report.ts';
import { surfacesOf, type Surfaces } from './public/surfaces.ts';

const HERE = new URL('..', import.meta.url).pathname.replace(/\/$/, '');

const { values } = parseArgs({ options: { against: { type: 'string' }, of: { type: 'string' } } });

/** In a process of its own: metrics and validators of two trees in one process would mix. */
function readIn(root: string): Surfaces {
  const args = [...process.execArgv, import.meta.filename, '--of', root];
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  return JSON.parse(
    execFileSync(process.execPath, args, { stdio: [...stdio], encoding: 'utf8', maxBuffer: 1e9 }),
  ) as Surfaces;
}

if (values.of !== undefined) {
  const surfaces = JSON.stringify(await surfacesOf(values.of));
  process.stdout.write(surfaces, () => process.exit());
} else if (values.against === undefined) {
  console.error('scripts/public.ts: name the other tree: --against DIR');
  process.exitCode = 2;
} else {
  const { text, isUnchanged } = report(readIn(values.against), readIn(HERE));
  console.log(text);
  if (!isUnchanged) process.exitCode = 1;
}
