/**
 * Mutation testing: Stryker puts one fault at a time into the action and its run loop, and counts those that
 * the unit specs find. `npm run mutation` prints the score of each file and fails below 80 %.
 */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts' },
  plugins: ['@stryker-mutator/vitest-runner'],
  mutate: [
    'src/action/**/*.ts',
    'src/worker/{run,steps}/**/*.ts',
    '!src/**/*.spec.ts',
    // Only PostgreSQL shows whether a statement is right: test/integration/action tests these.
    '!src/action/**/*.repository.ts',
    // Metadata of decorators and Nest's wiring: the schema test and the boot read them.
    '!src/action/**/*.{entity,module}.ts',
    '!src/action/entities/action-deployment.ts',
  ],
  // A fault that takes effect while a module is loaded is in a constant: a statement's text or a limit.
  ignoreStatic: true,
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // A busy machine may need many times as long as a quiet one; only a hang is a timeout.
  timeoutMS: 60_000,
  thresholds: { high: 90, low: 80, break: 80 },
  reporters: ['progress-append-only', 'clear-text'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  tempDirName: '.build/stryker',
  ignorePatterns: [
    '**',
    '!src',
    '!src/**',
    '!test',
    '!test/support/**',
    '!test/mutation/*',
    '!package.json',
    '!tsconfig.json',
  ],
};
