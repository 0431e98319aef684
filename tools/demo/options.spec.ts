import { describe, expect, it } from 'vitest';
import { readOptions } from './options.js';

describe('the options of the demo', () => {
  it('are none by default', () =>
    expect(readOptions([])).toEqual({ once: false, single: false, json: null, log: null }));

  it('are parsed', () =>
    expect(readOptions(['--once', '--json', 'out.json', '--single', '--log', 'demo.log'])).toEqual({
      once: true,
      single: true,
      json: 'out.json',
      log: 'demo.log',
    }));

  it('include the help', () => expect(readOptions(['-h'])).toBe('help'));

  it.each([
    [['--onse'], '--onse'],
    [['--json'], '--json'],
    [['--json='], '--json needs'],
    [['--log='], '--log needs'],
    [['stray'], 'stray'],
  ])('refuse %j with a message that names it', (words, named) => {
    const read = readOptions(words);
    expect(read).toBeInstanceOf(Error);
    expect((read as Error).message).toMatch(/^demo: /);
    expect((read as Error).message).toContain(named);
  });
});
