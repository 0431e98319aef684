import { describe, expect, it } from 'vitest';
import { DemoClosing, Ending } from './closing.js';

describe('closing', () => {
  it('ends what was made last first, and each once', async () => {
    const closing = new DemoClosing();
    const ended: string[] = [];
    for (const name of ['one', 'two'])
      await closing.own(
        () => name,
        (made) => ended.push(made),
      );
    await Promise.all([closing.close(), closing.close()]);
    expect(ended).toEqual(['two', 'one']);
  });

  it('waits for what is still being made, then ends it', async () => {
    const closing = new DemoClosing();
    const { promise, resolve } = Promise.withResolvers<string>();
    const ended: string[] = [];
    const owned = closing.own(
      () => promise,
      (made) => ended.push(made),
    );
    const closed = closing.close();
    expect(ended).toEqual([]);
    resolve('late');
    await closed;
    expect(ended).toEqual(['late']);
    await expect(owned).resolves.toBe('late');
  });

  it('makes nothing more once the end has begun', async () => {
    const closing = new DemoClosing();
    await closing.close();
    let made = false;
    await expect(
      closing.own(
        () => (made = true),
        () => undefined,
      ),
    ).rejects.toThrow(Ending);
    expect(made).toBe(false);
  });

  it('tells the maker of a failure, and has nothing to end then', async () => {
    const closing = new DemoClosing();
    let ended = false;
    const failing = closing.own(
      () => Promise.reject(new Error('no')),
      () => (ended = true),
    );
    await expect(failing).rejects.toThrow('no');
    await closing.close();
    expect(ended).toBe(false);
  });

  it('ends the rest when one thing does not end, and says so', async () => {
    const closing = new DemoClosing();
    const ended: string[] = [];
    await closing.own(
      () => 'first',
      (made) => ended.push(made),
    );
    await closing.own(
      () => 'second',
      () => Promise.reject(new Error('stuck')),
    );
    await expect(closing.close()).rejects.toThrow('stuck');
    expect(ended).toEqual(['first']);
  });
});
