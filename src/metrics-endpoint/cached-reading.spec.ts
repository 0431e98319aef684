import { describe, expect, it } from 'vitest';
import { KEEP_MS, CachedReading } from './cached-reading.js';

/** A reading whose database answers when the test decides, with a clock that the test sets. */
function world() {
  const state = { now: 0, readings: 0, forgotten: 0, failures: [] as string[], successes: 0 };
  let gate = Promise.withResolvers<void>();
  const reading = new CachedReading(
    {
      read: async () => {
        state.readings++;
        await gate.promise;
      },
      forget: () => void state.forgotten++,
    },
    {
      open: (work) => work({} as never),
      onFailure: (error) => void state.failures.push((error as Error).message),
      onSuccess: () => void state.successes++,
      now: () => state.now,
    },
  );
  return {
    state,
    reading,
    answer: () => gate.resolve(),
    refuse: () => gate.reject(new Error('down')),
    close: () => (gate = Promise.withResolvers()),
  };
}

describe('a cached reading of the database', () => {
  it('is read once for simultaneous scrapes, and again when it has expired', async () => {
    const { state, reading, answer } = world();
    const scrapes = [reading.refresh(), reading.refresh(), reading.refresh()];
    answer();
    await Promise.all(scrapes);
    await reading.refresh();
    expect(state.readings).toBe(1);
    state.now = KEEP_MS;
    await reading.refresh();
    expect(state).toMatchObject({ readings: 2, successes: 2, forgotten: 0 });
  });

  it('is kept longer the longer it takes, for at most a minute', async () => {
    const { state, reading, answer } = world();
    const first = reading.refresh();
    state.now = 100;
    answer();
    await first;
    state.now = 100 + 19_999;
    await reading.refresh();
    expect(state.readings).toBe(1);
    state.now = 100 + 20_000;
    await reading.refresh();
    expect(state.readings).toBe(2);
  });

  it('is forgotten when the database refuses, and is not repeated at once', async () => {
    const { state, reading, refuse, answer, close } = world();
    refuse();
    await reading.refresh();
    await reading.refresh();
    expect(state).toMatchObject({ readings: 1, forgotten: 1, failures: ['down'] });
    close();
    answer();
    state.now = KEEP_MS;
    await reading.refresh();
    expect(state).toMatchObject({ readings: 2, successes: 1, forgotten: 1 });
  });

  it('returns in time while the database does not respond, and reads once', async () => {
    const { state, reading, answer } = world();
    await Promise.all([reading.refresh(), reading.refresh()]);
    expect(state.readings).toBe(1);
    expect(state.failures[0]).toBe('the database does not respond within 2000 ms');
    const later = reading.refresh();
    answer();
    await later;
    expect(state).toMatchObject({ readings: 1, successes: 1 });
  });

  it('is kept for a minute at most while the next one takes too long', async () => {
    const { state, reading, answer, close } = world();
    answer();
    await reading.refresh();
    close();
    state.now = KEEP_MS;
    await reading.refresh();
    expect(state).toMatchObject({ readings: 2, forgotten: 0, failures: [] });
    state.now = 60_001;
    await reading.refresh();
    expect(state).toMatchObject({ readings: 2, forgotten: 1 });
  });

  it('is repeated soon after a late failure', async () => {
    const { state, reading, refuse, close } = world();
    const first = reading.refresh();
    state.now = 1_900;
    refuse();
    await first;
    close();
    state.now = 1_900 + KEEP_MS;
    void reading.refresh();
    expect(state.readings).toBe(2);
  });
});
