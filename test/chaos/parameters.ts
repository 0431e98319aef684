declare module 'vitest' {
  interface ProvidedContext {
    chaos: { seconds: number; seed: number };
    outage: { rounds: number; seconds: number };
  }
}

/** How long faults are injected, and the seed of their order: `CHAOS_SECONDS=600 CHAOS_SEED=7 npm run test:chaos`. */
export const CHAOS = {
  seconds: Number(process.env['CHAOS_SECONDS'] ?? 60),
  seed: Number(process.env['CHAOS_SEED'] ?? 20_261),
};

/** How often the database goes away, and for how long: `OUTAGE_ROUNDS=10 OUTAGE_SECONDS=20 npm run test:chaos -- outage`. */
export const OUTAGE = {
  rounds: Number(process.env['OUTAGE_ROUNDS'] ?? 3),
  seconds: Number(process.env['OUTAGE_SECONDS'] ?? 5),
};
