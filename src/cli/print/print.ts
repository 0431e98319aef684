import type { Command } from 'commander';

export interface OutputOptions {
  readonly json?: true;
}

/** Adds `--json`. */
export const addJson = (command: Command): Command =>
  command.option('--json', 'print one JSON document instead of text for people');

/** Prints the value as one JSON document, or formatted for people. */
export function print<T>(value: T, { json }: OutputOptions, format: (value: T) => string): void {
  printLine(json ? JSON.stringify(value, null, 2) : format(value));
}

export const printLine = (text: string): void => void process.stdout.write(`${text}\n`);
export const printMessage = (text: string): void => void process.stderr.write(`${text}\n`);

/** Exits silently when the reader of the output has closed it (`| head`). */
export function exitOnClosedOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}
