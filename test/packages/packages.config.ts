import { defineConfig } from 'vitest/config';

/** What needs npm's registry, and `redis-server` and `pgbouncer` on PATH. */
export default defineConfig({
  test: {
    setupFiles: ['reflect-metadata'],
    globalSetup: ['test/support/postgres-global.ts'],
    include: ['test/packages/**/*.spec.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Both build in the repository.
    fileParallelism: false,
  },
});
