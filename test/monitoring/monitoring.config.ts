import { defineConfig } from 'vitest/config';

/** What needs Debian's package `prometheus`: promtool and a real Prometheus. */
export default defineConfig({
  test: {
    setupFiles: ['reflect-metadata'],
    globalSetup: ['test/support/postgres-global.ts'],
    include: ['test/monitoring/**/*.spec.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
