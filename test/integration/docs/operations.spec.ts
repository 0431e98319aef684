import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createProgram } from '../../../src/cli/program.js';
import { VARIABLES } from '../../../src/config/env/env.js';
import { CONNECTIONS } from '../../../src/database/connection/pools.js';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8');
const PAGE = read('docs/operations.md');

interface Scaled {
  autoscaling: { maxReplicas: number };
}

/** Returns the executable commands with the names of their options. */
function leavesOf(command: Command, path: string): Map<string, string[]> {
  if (command.commands.length === 0) return new Map([[path, command.options.map(({ long }) => long ?? '')]]);
  return new Map(command.commands.flatMap((one) => [...leavesOf(one, `${path} ${one.name()}`)]));
}

describe('docs/operations.md', () => {
  it('names existing commands and options', () => {
    const leaves = leavesOf(createProgram(), 'drawbridge');
    const calls = [...PAGE.matchAll(/(?<=[`\s(])(drawbridge [a-z]+[^`|\n#]*)/g)].map(
      ([, call]) => call as string,
    );
    const typed = calls.filter((call) =>
      [...leaves.keys()].some((path) => call.split(' ')[1] === path.split(' ')[1]),
    );
    expect(typed.length).toBeGreaterThan(10);
    for (const call of typed) {
      const [path] = [...leaves.keys()].filter((leaf) => `${call.trim()} `.startsWith(`${leaf} `));
      expect(path, call).toBeDefined();
      const used = [...call.matchAll(/ (--[a-z-]+)/g)].map(([, option]) => option as string);
      expect(leaves.get(path ?? ''), call).toEqual(expect.arrayContaining(used));
    }
  });

  it('names existing scripts, files, arguments and settings', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...PAGE.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name as string);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
    const files = [...PAGE.matchAll(/`(test\/[\w./-]+)`|\]\(\.\.\/([\w./-]+)\)/g)].map(
      ([, one, two]) => one ?? two ?? '',
    );
    expect(files.filter((path) => !existsSync(join(REPOSITORY, path)))).toEqual([]);
    for (const [, name] of PAGE.matchAll(/--build-arg ([A-Z_]+)=/g))
      expect(read('Dockerfile')).toContain(`ARG ${name}=`);
    const settings = [...PAGE.matchAll(/\b(?:DATABASE|VERCEL|OPERATOR)_[A-Z_]*[A-Z]\b|ENCRYPTION_KEYS/g)].map(
      ([name]) => name,
    );
    expect(settings.filter((name) => !(VARIABLES as string[]).includes(name))).toEqual([]);
  });

  it('runs commands that need Vercel or backends in a worker, whose network policy allows them', () => {
    const pages = [PAGE, read('docs/kubernetes.md'), read('docs/runbooks/README.md')];
    const pods = pages.map((page) => page.match(/(?<= exec deploy(?:ment)?\/)[\w-]+/g));
    expect(pods).toEqual(pages.map(() => ['drawbridge-worker']));
  });

  it('has the number of connections of a process', () => {
    expect(PAGE).toContain(`A process opens up to ${CONNECTIONS}:`);
    expect(PAGE).toContain(`max_connections ≥ ${CONNECTIONS} ×`);
  });

  it('has an example of a database with enough connections for the maximal number of pods', () => {
    const values = parse(read('deploy/helm/drawbridge/values.yaml')) as Record<'web' | 'worker', Scaled>;
    const pods = values.web.autoscaling.maxReplicas + values.worker.autoscaling.maxReplicas + 2;
    const [, most] = /max_connections: '(\d+)'/.exec(read('deploy/examples/cloudnative-pg.yaml')) ?? [];
    const [JOB, RESERVED, OPERATORS] = [5, 3, 10];
    expect(Number(most)).toBeGreaterThanOrEqual(CONNECTIONS * pods + JOB + RESERVED + OPERATORS);
  });
});
