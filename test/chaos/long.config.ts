import { defineConfig } from 'vitest/config';

declare module 'vitest' {
  interface ProvidedContext {
    chaos: { seconds: number; seed: number };
    outage: { rounds: number; seconds: number };
  }
}

/** `CHAOS_SECONDS=600 CHAOS_SEED=7 npm run test:chaos`; without them 60 s of faults with the seed below. */
const chaos = {
  seconds: Number(process.env['CHAOS_SECONDS'] ?? 60),
  seed: Number(process.env['CHAOS_SEED'] ?? 20_261),
};

/** `OUTAGE_ROUNDS=10 OUTAGE_SECONDS=20 npm run test:chaos -- outage`; without them 3 rounds of 5 s. */
const outage = {
  rounds: Number(process.env['OUTAGE_ROUNDS'] ?? 3),
  seconds: Number(process.env['OUTAGE_SECONDS'] ?? 5),
};

export default defineConfig({
  test: {
    setupFiles: ['reflect-metadata'],
    globalSetup: ['test/support/postgres-global.ts'],
    include: ['test/chaos/**/*.spec.ts'],
    testTimeout: (chaos.seconds + 300) * 1_000,
    hookTimeout: 60_000,
    maxWorkers: 4,
    provide: { chaos, outage },
  },
});
