/** Makes one call of a plugin in another process. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProcessRequest, ProcessResult } from './other-process.js';

/** The script is beside this file, with the same extension: .js when built, .ts in the source. */
const SCRIPT = fileURLToPath(new URL(`other-process${extname(import.meta.url)}`, import.meta.url));

export async function callInOtherProcess(request: ProcessRequest): Promise<ProcessResult> {
  const child = fork(SCRIPT, { execArgv: [], serialization: 'json' });
  try {
    child.send(request);
    const [result] = (await Promise.race([once(child, 'message'), rejectOnExit(once(child, 'exit'))])) as [
      ProcessResult,
    ];
    return result;
  } finally {
    child.kill('SIGKILL');
  }
}

async function rejectOnExit(exit: Promise<unknown[]>): Promise<never> {
  const [code] = await exit;
  return assert.fail(
    `the process that loaded the plugin exited with ${String(code)} before it sent an answer. ` +
      `Set the kit's option module to a file that Node can import without a build`,
  );
}
