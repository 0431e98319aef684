import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ABORT_GRACE_MS, CALL_LIMIT_MS, HANDLE_BYTES, MAX_RETRY_MS, SECRET_BYTES } from './limits.js';

const read = (path: string): string => readFileSync(path, 'utf8').replaceAll(/\n \*|\s+/g, ' ');
const CONTRACT = 'src/provisioner/provisioner.ts';
const GUIDE = 'docs/writing-a-provisioner.md';

describe('the limits of a plugin call', () => {
  it.each([
    [CONTRACT, `Aborts on cancel, at the deadline, at shutdown and after ${CALL_LIMIT_MS / 1000} s`],
    [CONTRACT, `${SECRET_BYTES / 1024} KB`],
    [CONTRACT, `${HANDLE_BYTES / 1024} KB`],
    [CONTRACT, `${MAX_RETRY_MS / 60_000} minutes`],
    [GUIDE, `a call is aborted after ${CALL_LIMIT_MS / 1000} s`],
    [GUIDE, ABORT_GRACE_MS === 1_000 ? 'within a second' : `within ${ABORT_GRACE_MS / 1000} s`],
    ['docs/architecture.md', ABORT_GRACE_MS === 1_000 ? 'for a second' : `for ${ABORT_GRACE_MS / 1000} s`],
  ])('are documented in %s: %s', (path, text) => {
    expect(read(path)).toContain(text);
  });

  it('are defined in one file', () => {
    const numbers = /\b(30_000|28_000|25_000|15_000|65_?536|64 \* 1024|600_000|CALL_LIMIT_MS - 2_000)\b/;
    const files = ['src/provisioner', 'src/worker', 'src/action', 'src/cli/doctor'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
    );
    const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));
    const places = sources.filter((file) => numbers.test(readFileSync(file, 'utf8')));
    expect(places.toSorted()).toEqual([
      'src/provisioner/limits.ts',
      // Limits the import of a package, which the contract does not mention.
      'src/provisioner/plugin-loading.ts',
      // The age of a new deployment, which is no limit of a call.
      'src/worker/steps/step-queued.ts',
    ]);
  });
});
