import type { Command } from 'commander';

export interface OutputOptions {
  readonly json?: true;
}

/** Adds `--json`. */
export const addJson = (command: Command): Command =>
  command.option('--json', 'print one JSON document instead of text for people');

/** The value as one JSON document, or what people read of it. */
export function print<T>(value: T, { json }: OutputOptions, inWords: (value: T) => string): void {
  write(json ? JSON.stringify(value, null, 2) : inWords(value));
}

export const write = (text: string): void => void process.stdout.write(`${text}\n`);
export const writeError = (text: string): void => void process.stderr.write(`${text}\n`);

/** Whoever read our output has seen enough (`| head`): no reason to complain. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}
