import { defineConfig } from 'vitest/config';
import { LONG } from './test/long.js';

export default defineConfig({
  test: {
    setupFiles: ['reflect-metadata'],
    globalSetup: ['test/support/postgres-global.ts'],
    include: ['src/**/*.spec.ts', 'web/**/*.spec.ts', 'tools/**/*.spec.ts', 'test/**/*.spec.ts'],
    exclude: [
      'test/{chaos,packages,browser,manifests,image,monitoring}/**',
      'node_modules/**',
      'dist/**',
      ...LONG,
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
