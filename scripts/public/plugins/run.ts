import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { installExample, installGenerated, packBoth, run, type OldPlugin } from './pack.ts';
import { serveWith } from './serve.ts';

/**
 * Packs the plugins of the tree `former` (its example, and what its `plugin new` writes) and runs them,
 * unchanged, with Drawbridge as the tree `present` packs it: their tests with the conformance kit, their
 * types, `plugin check`, and a server that provisions through both. Requires npm's registry and
 * `redis-server` on PATH.
 *
 * @throws Error with the output of the first program that fails
 */
export async function runPlugins(former: string, present: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-plugins-'));
  try {
    const packed = packBoth(resolve(former), present, folder);
    const example = installExample(packed, resolve(former), folder);
    const generated = installGenerated(packed, folder);
    for (const plugin of [example, generated]) test(plugin);
    await serveWith(packed, [example, generated], present, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function test({ name, folder }: OldPlugin): void {
  const totals = run(folder, 'npm', 'test').match(/^ℹ (pass|fail) \d+$/gm) ?? ['no totals'];
  console.log(`${name}: ${totals.join(', ')}`);
  run(folder, 'npm', 'run', 'types');
  console.log(`${name}: types compile`);
}
