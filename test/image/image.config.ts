import { defineConfig } from 'vitest/config';

/** Builds what the image holds and runs it as a container: needs root, Linux and npm's registry. */
export default defineConfig({
  test: {
    setupFiles: ['reflect-metadata'],
    globalSetup: ['test/support/postgres-global.ts'],
    include: ['test/image/**/*.spec.ts'],
    testTimeout: 180_000,
    hookTimeout: 900_000,
  },
});
