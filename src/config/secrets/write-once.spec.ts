import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOrWriteOnce } from './write-once.js';

let home: string;
beforeEach(async () => void (home = await mkdtemp(join(tmpdir(), 'drawbridge-once-'))));
afterEach(() => rm(home, { recursive: true, force: true }));

describe('readOrWriteOnce', () => {
  it('creates file and folder once, readable by this user only', async () => {
    const file = join(home, 'new', 'secret');
    expect(readOrWriteOnce(file, () => 'first')).toEqual({ text: 'first', made: true });
    expect(readOrWriteOnce(file, () => 'second')).toEqual({ text: 'first', made: false });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('uses the text of a faster process, and removes the draft', async () => {
    const file = join(home, 'secret');
    const slow = (): string => {
      readOrWriteOnce(file, () => 'faster');
      return 'slower';
    };
    expect(readOrWriteOnce(file, slow)).toEqual({ text: 'faster', made: false });
    expect(await readdir(home)).toEqual(['secret']);
  });

  it('fails when the file cannot be read', async () => {
    await mkdir(join(home, 'secret'));
    expect(() => readOrWriteOnce(join(home, 'secret'), () => 'x')).toThrow('EISDIR');
  });
});
