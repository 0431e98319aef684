import { defineConfig } from 'vitest/config';

/** The specs that have to notice a mutant. They need no server, so none is started. */
export default defineConfig({
  test: {
    setupFiles: ['reflect-metadata'],
    include: ['src/{action,worker}/**/*.spec.ts'],
    // One worker for all files: a mutant that is covered by many files is decided sooner.
    isolate: false,
    // Reads the sources as text.
    exclude: ['src/action/only-writer.spec.ts'],
  },
});
