import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { EXIT } from './exit.js';
import { createProgram } from './program.js';

const DOCS = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
const COMMON_OPTIONS = ['--help', '--url', '--token-file', '--limit', '--all', '--json'];

interface Leaf {
  path: string;
  options: string[];
}

/** Returns the executable commands with the names of their options. */
function leavesOf(command: Command, path: string): Leaf[] {
  if (command.commands.length > 0)
    return command.commands.flatMap((one) => leavesOf(one, `${path} ${one.name()}`));
  return [{ path, options: command.options.flatMap(({ long }) => (long ? [long] : [])) }];
}

const LEAVES = leavesOf(createProgram(), 'drawbridge');
const EXAMPLES = [...DOCS.matchAll(/^drawbridge .+$/gm)].map(
  ([line]) => (line.split(' | ')[0] as string).split(' #')[0] as string,
);

describe('docs/cli.md', () => {
  it.each(LEAVES)('has an example of $path and documents its options', ({ path, options }) => {
    const examples = EXAMPLES.filter((line) => `${line} `.startsWith(`${path} `)).join('\n');
    expect(examples).not.toBe('');
    for (const option of options.filter((name) => !COMMON_OPTIONS.includes(name)))
      expect(examples).toContain(option);
  });

  it('documents the common options', () => {
    for (const option of COMMON_OPTIONS) expect(DOCS).toContain(option);
  });

  it.each(EXAMPLES)('shows a valid command line: %s', (line) => {
    const leaf = LEAVES.find(({ path }) => `${line} `.startsWith(`${path} `));
    expect(leaf?.path).toBeDefined();
    const used = [...line.matchAll(/ (--[a-z-]+)/g)].map(([, option]) => option as string);
    expect(leaf?.options).toEqual(expect.arrayContaining(used));
  });

  it('has a line for each exit code', () => {
    const documented = [...DOCS.matchAll(/^\| (\d) +\|/gm)].map(([, code]) => Number(code));
    expect(documented).toEqual(Object.values(EXIT));
  });
});
