/**
 * Prints the sum of vitest's json reports as `N passed, N failed`; used by .ci/run.
 *
 *   node scripts/test-totals.ts FILE…
 *
 * A file that failed before its first test counts as one failure, and so does a missing report. Exits with 1
 * if a test failed or none ran.
 */
import { readFile } from 'node:fs/promises';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

function isReport(value: unknown): value is Report {
  const report = value as Partial<Report> | null;
  return (
    typeof report?.numPassedTests === 'number' &&
    typeof report.numFailedTests === 'number' &&
    Array.isArray(report.testResults)
  );
}

async function readReport(file: string): Promise<Report> {
  const report: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (!isReport(report)) throw new Error(`test-totals: ${file} is not a report of vitest`);
  return report;
}

function totalsOf({ numPassedTests, numFailedTests, testResults }: Report) {
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return { passed: numPassedTests, failed: numFailedTests + brokenFiles.length };
}

const files = process.argv.slice(2);
if (files.length === 0)
  throw new Error('test-totals: no report given; usage: node scripts/test-totals.ts FILE…');
let passed = 0;
let failed = 0;
for (const file of files) {
  const totals = await readReport(file).then(totalsOf, (error: unknown) => {
    console.error('test-totals: the report is missing, which counts as one failure:', error);
    return { passed: 0, failed: 1 };
  });
  passed += totals.passed;
  failed += totals.failed;
}
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0 || passed === 0) process.exitCode = 1;
