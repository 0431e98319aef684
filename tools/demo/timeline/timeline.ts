import { styleText } from 'node:util';

export type Who = 'demo' | 'vercel' | 'drawbridge' | 'postgres' | 'build';
/** `quiet`: an intermediate step; `good` and `bad`: an end; `odd`: an intended fault. */
export type LineTone = 'plain' | 'quiet' | 'good' | 'bad' | 'odd';

/** One event. `at` is in milliseconds since 1970. */
export interface TimelineLine {
  readonly at: number;
  /** The deployment's id; null for an event of the demo itself. */
  readonly of: string | null;
  readonly who: Who;
  readonly text: string;
  readonly tone: LineTone;
}

export interface TimelineOptions {
  readonly write: (text: string) => void;
  /** When elapsed time begins, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly colors: boolean;
  readonly nameOf: (deploymentId: string) => string;
}

const NAME_WIDTH = 11;
const WHO_WIDTH = 10;
const STYLES = { plain: null, quiet: 'dim', good: 'green', bad: 'red', odd: 'yellow' } as const;

/**
 * Collects events from several sources, which arrive at different times, until all sources are read up to a
 * moment. Then it prints them in order. An event that arrives later is printed when it arrives.
 */
export class Timeline {
  private readonly printed: TimelineLine[] = [];
  private waiting: TimelineLine[] = [];

  constructor(private readonly options: TimelineOptions) {}

  add(line: TimelineLine): void {
    this.waiting.push(line);
  }

  /** Prints an event of the demo itself at once. */
  say(text: string, who: Who = 'demo', tone: LineTone = 'plain', at: number = Date.now()): void {
    this.add({ at, of: null, who, text, tone });
    this.printUpTo(Infinity);
  }

  printUpTo(moment: number): void {
    const due = this.waiting.filter((line) => line.at <= moment).toSorted((one, other) => one.at - other.at);
    this.waiting = this.waiting.filter((line) => line.at > moment);
    this.printed.push(...due);
    if (due.length > 0) this.options.write(due.map((line) => `${this.render(line)}\n`).join(''));
  }

  /** Returns the last printed lines of a deployment. */
  lastOf(deploymentId: string, count: number): string[] {
    const about = this.printed.filter((line) => line.of === deploymentId).slice(-count);
    return about.map((line) => this.render(line));
  }

  private render(line: TimelineLine): string {
    const { startedAt, colors, nameOf } = this.options;
    const name = line.of === null ? 'demo' : nameOf(line.of);
    const words = [
      elapsed(line.at - startedAt),
      pad(name, NAME_WIDTH),
      pad(line.who, WHO_WIDTH),
      line.text,
    ] as const;
    if (!colors) return words.join('  ');
    const [time, what, who, text] = words;
    return [paint('dim', time), paint('bold', what), paint('cyan', who), paint(STYLES[line.tone], text)].join(
      '  ',
    );
  }
}

type Style = Parameters<typeof styleText>[0] | null;

/** Styles a text without asking the stream again for colors. */
function paint(style: Style, text: string): string {
  return style === null ? text : styleText(style, text, { validateStream: false });
}

/** Returns ` 12.34 s`; an event just before the start counts as 0. */
function elapsed(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(2).padStart(6)} s`;
}

function pad(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}
