import { describe, expect, it } from 'vitest';
import { Timeline, type TimelineLine } from './timeline.js';

const START = 1_700_000_000_000;

function timeline({ colors = false } = {}) {
  const written: string[] = [];
  const nameOf = (id: string): string => (id === 'dpl_long' ? 'a-very-long-name' : 'checkout-1');
  const made = new Timeline({ write: (text) => written.push(text), startedAt: START, colors, nameOf });
  return { made, printed: () => written.join('') };
}

const line = (seconds: number, text: string, over: Partial<TimelineLine> = {}): TimelineLine => ({
  at: START + seconds * 1000,
  of: 'dpl_1',
  who: 'vercel',
  text,
  tone: 'plain',
  ...over,
});

describe('the timeline', () => {
  it('prints elapsed seconds, name and source in columns', () => {
    const { made, printed } = timeline();
    made.add(line(1.234, 'READY'));
    made.add(line(100.5, 'queued', { of: 'dpl_long', who: 'drawbridge' }));
    made.say('ready', 'postgres', 'plain', START + 200_000);
    expect(printed()).toBe(
      '  1.23 s  checkout-1   vercel      READY\n' +
        '100.50 s  a-very-lon…  drawbridge  queued\n' +
        '200.00 s  demo         postgres    ready\n',
    );
  });

  it('prints events of several sources in order of time', () => {
    const { made, printed } = timeline();
    made.add(line(3, 'third'));
    made.add(line(1, 'first'));
    made.add(line(2, 'second'));
    made.printUpTo(START + 2_500);
    expect(printed().match(/first|second|third/g)).toEqual(['first', 'second']);
    made.printUpTo(Infinity);
    expect(printed().match(/first|second|third/g)).toEqual(['first', 'second', 'third']);
  });

  it('prints a late event when it arrives, with its own time', () => {
    const { made, printed } = timeline();
    made.add(line(2, 'second'));
    made.printUpTo(Infinity);
    made.add(line(1, 'first'));
    made.printUpTo(START + 3_000);
    expect(printed().split('\n')[1]).toBe('  1.00 s  checkout-1   vercel      first');
  });

  it('prints the start time for events before the start', () => {
    const { made, printed } = timeline();
    made.add(line(-1, 'early'));
    made.printUpTo(Infinity);
    expect(printed()).toContain('  0.00 s');
  });

  it('returns the last lines of a deployment as they were printed', () => {
    const { made } = timeline();
    for (const text of ['one', 'two', 'three']) made.add(line(1, text));
    made.add(line(1, 'of another', { of: 'dpl_long' }));
    made.printUpTo(Infinity);
    expect(made.lastOf('dpl_1', 2).map((text) => text.split('  ').at(-1))).toEqual(['two', 'three']);
  });

  it('has escape codes only with colors, and the same text', () => {
    const [plain, colored] = [timeline(), timeline({ colors: true })];
    for (const { made } of [plain, colored]) {
      made.add(line(1, 'ERROR', { tone: 'bad' }));
      made.printUpTo(Infinity);
    }
    const escapes = /\u001b\[\d+m/g;
    expect(plain.printed()).not.toMatch(escapes);
    expect(colored.printed()).toMatch(escapes);
    expect(colored.printed().replaceAll(escapes, '')).toBe(plain.printed());
  });
});
