import { describe, expect, it } from 'vitest';
import { DemoShutdown, ShuttingDownError } from './shutdown.js';

describe("the demo's shutdown", () => {
  it('stops parts in reverse order, and each once', async () => {
    const shutdown = new DemoShutdown();
    const ended: string[] = [];
    for (const name of ['one', 'two'])
      await shutdown.own(
        () => name,
        (made) => ended.push(made),
      );
    await Promise.all([shutdown.close(), shutdown.close()]);
    expect(ended).toEqual(['two', 'one']);
  });

  it('waits for a part that is starting, then stops it', async () => {
    const shutdown = new DemoShutdown();
    const { promise, resolve } = Promise.withResolvers<string>();
    const ended: string[] = [];
    const owned = shutdown.own(
      () => promise,
      (made) => ended.push(made),
    );
    const closed = shutdown.close();
    expect(ended).toEqual([]);
    resolve('late');
    await closed;
    expect(ended).toEqual(['late']);
    await expect(owned).resolves.toBe('late');
  });

  it('starts no part after its begin', async () => {
    const shutdown = new DemoShutdown();
    await shutdown.close();
    let made = false;
    await expect(
      shutdown.own(
        () => (made = true),
        () => undefined,
      ),
    ).rejects.toThrow(ShuttingDownError);
    expect(made).toBe(false);
  });

  it('passes the error of a failed start on, and does not stop that part', async () => {
    const shutdown = new DemoShutdown();
    let ended = false;
    const failing = shutdown.own(
      () => Promise.reject(new Error('no')),
      () => (ended = true),
    );
    await expect(failing).rejects.toThrow('no');
    await shutdown.close();
    expect(ended).toBe(false);
  });

  it('stops the other parts when one fails to stop, and rejects', async () => {
    const shutdown = new DemoShutdown();
    const ended: string[] = [];
    await shutdown.own(
      () => 'first',
      (made) => ended.push(made),
    );
    await shutdown.own(
      () => 'second',
      () => Promise.reject(new Error('stuck')),
    );
    await expect(shutdown.close()).rejects.toThrow('stuck');
    expect(ended).toEqual(['first']);
  });
});
