import { defineConfig } from 'vitest/config';

/** What needs helm and kubectl, which `npm run test:manifests` brings: see `tools.ts`. No cluster. */
export default defineConfig({
  test: {
    setupFiles: ['reflect-metadata'],
    globalSetup: ['test/manifests/tools-global.ts'],
    include: ['test/manifests/**/*.spec.ts'],
    exclude: ['**/node_modules/**'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
