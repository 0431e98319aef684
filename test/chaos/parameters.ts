declare module 'vitest' {
  interface ProvidedContext {
    chaos: { seconds: number; seed: number };
    outage: { rounds: number; seconds: number };
  }
}

/**
 * The duration of the fault injection and the seed of its order: `CHAOS_SECONDS=600 CHAOS_SEED=7 npm run
 * test:chaos`.
 */
export const CHAOS = {
  seconds: Number(process.env['CHAOS_SECONDS'] ?? 60),
  seed: Number(process.env['CHAOS_SEED'] ?? 20_261),
};

/**
 * The number of outages of the database and their duration: `OUTAGE_ROUNDS=10 OUTAGE_SECONDS=20 npm run
 * test:chaos -- outage`.
 */
export const OUTAGE = {
  rounds: Number(process.env['OUTAGE_ROUNDS'] ?? 3),
  seconds: Number(process.env['OUTAGE_SECONDS'] ?? 5),
};
