/** Makes one call of a plugin in another process. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProcessOrder, ProcessReport } from './other-process.js';

/** Beside this file, built or as it stands in the source. */
const SCRIPT = fileURLToPath(new URL(`other-process${extname(import.meta.url)}`, import.meta.url));

export async function callElsewhere(order: ProcessOrder): Promise<ProcessReport> {
  const child = fork(SCRIPT, { execArgv: [], serialization: 'json' });
  try {
    child.send(order);
    const [report] = (await Promise.race([once(child, 'message'), ended(once(child, 'exit'))])) as [
      ProcessReport,
    ];
    return report;
  } finally {
    child.kill('SIGKILL');
  }
}

async function ended(exit: Promise<unknown[]>): Promise<never> {
  const [code] = await exit;
  return assert.fail(
    `the process that loaded the plugin ended with ${String(code)} before it had an answer; give the kit a module that Node can load by itself`,
  );
}
