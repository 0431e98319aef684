import { defineConfig } from 'vitest/config';

/** What needs a Chromium: see `chromium.ts`. The pages are those that `npm run build` made. */
export default defineConfig({
  test: {
    setupFiles: ['reflect-metadata'],
    globalSetup: ['test/support/postgres-global.ts'],
    include: ['test/browser/**/*.spec.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
