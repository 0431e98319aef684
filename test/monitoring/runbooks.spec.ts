import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.js';
import { ACTIONS, createWorld, type World } from '../support/world.js';
import { RUNBOOKS } from './rules.js';
import { COMMANDS, LINKS, ROUTES, STATEMENTS } from './runbooks.js';

/** The executable commands by their full path, with the names of their options. */
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

  it('contain commands, statements, routes and links', () => {
    for (const all of [COMMANDS, STATEMENTS, ROUTES, LINKS]) expect(all.length).toBeGreaterThan(2);
  });

  it.each(COMMANDS)('use existing commands and options: $text ($page)', ({ text }) => {
    const leaf = LEAVES.find(([path]) => `${text} `.startsWith(`${path} `));
    expect(leaf?.[0]).toBeDefined();
    const used = [...text.matchAll(/ (--[a-z-]+)/g)].map(([, option]) => option);
    expect(leaf?.[1]).toEqual(expect.arrayContaining(used));
  });

  it.each(STATEMENTS)('contain valid database queries: $page', async ({ text }) => {
    expect(text).toMatch(/^SELECT /);
    await expect(world.sql(`EXPLAIN ${text}`)).resolves.not.toEqual([]);
  });

  it('name existing routes', async () => {
    const { body } = await world.api('/api/openapi.json');
    for (const { text } of ROUTES) {
      const [method = '', path = ''] = text.toLowerCase().split(' ');
      expect(body.paths[path], text).toHaveProperty(method);
    }
  });

  it.each(LINKS)('link to existing pages: $text ($page)', ({ text }) => {
    const [file = '', anchor] = text.split('#');
    const path = join(RUNBOOKS, file);
    expect(existsSync(path)).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(readFileSync(path, 'utf8'))).toContain(anchor);
  });
});

/** Anchors of headings, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
