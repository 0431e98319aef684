import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.js';
import { ACTIONS, createWorld, type World } from '../support/world.js';
import { RUNBOOKS } from './rules.js';
import { COMMANDS, LINKS, ROUTES, STATEMENTS } from './runbooks.js';

/** The commands that do something, by what is typed, with the names of their options. */
function leavesOf(command: Command, path: string): [path: string, options: string[]][] {
  if (command.commands.length === 0)
    return [[path, command.options.flatMap(({ long }) => (long ? [long] : []))]];
  return command.commands.flatMap((one) => leavesOf(one, `${path} ${one.name()}`));
}

const LEAVES = leavesOf(createProgram(), 'drawbridge');

describe('the runbooks', () => {
  let world: World;
  beforeAll(async () => (world = await createWorld({ actions: ACTIONS.memory, roles: 'web,worker' })));
  afterAll(() => world.close());

  it('name commands, statements, routes and pages', () => {
    for (const all of [COMMANDS, STATEMENTS, ROUTES, LINKS]) expect(all.length).toBeGreaterThan(2);
  });

  it.each(COMMANDS)('call the command line as it is: $text ($page)', ({ text }) => {
    const leaf = LEAVES.find(([path]) => `${text} `.startsWith(`${path} `));
    expect(leaf?.[0]).toBeDefined();
    const used = [...text.matchAll(/ (--[a-z-]+)/g)].map(([, option]) => option);
    expect(leaf?.[1]).toEqual(expect.arrayContaining(used));
  });

  it.each(STATEMENTS)('ask the database what it can answer: $page', async ({ text }) => {
    expect(text).toMatch(/^SELECT /);
    await expect(world.sql(`EXPLAIN ${text}`)).resolves.not.toEqual([]);
  });

  it('name routes that there are', async () => {
    const { body } = await world.api('/api/openapi.json');
    for (const { text } of ROUTES) {
      const [method = '', path = ''] = text.toLowerCase().split(' ');
      expect(body.paths[path], text).toHaveProperty(method);
    }
  });

  it.each(LINKS)('lead to a page that is there: $text ($page)', ({ text }) => {
    const [file = '', anchor] = text.split('#');
    const path = join(RUNBOOKS, file);
    expect(existsSync(path)).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(readFileSync(path, 'utf8'))).toContain(anchor);
  });
});

/** As GitHub makes them of headings. */
function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
