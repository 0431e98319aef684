import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkPlugin } from './plugin-check.js';

/** Behaves as its configuration requests, and records closed instances in `globalThis.closedByAcme`. */
const PLUGIN = `
  globalThis.closedByAcme = [];
  export default {
    apiVersion: 1,
    name: 'acme-odd',
    configSchema: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
    create({ way }) {
      if (way === 'refuse') throw new Error('not like this');
      if (way === 'empty') return {};
      if (way === 'nothing') return;
      return {
        provision: async () => ({ status: 'ready', handle: null }),
        list: way === 'text' ? 'yes' : undefined,
        deprovision: async () => ({ status: 'gone' }),
        check() {
          if (way === 'throw') throw new Error('thrown at once');
          if (way === 'hang') return new Promise(() => {});
        },
        close() {
          globalThis.closedByAcme.push(way);
          if (way === 'stuck') throw new Error('cannot be closed');
          if (way === 'lingers') return new Promise(() => {});
        },
      };
    },
  };`;

let cwd: string;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'drawbridge-check-'));
  const folder = join(cwd, 'node_modules', 'acme-odd');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"name":"acme-odd","type":"module","exports":"./main.js"}');
  await writeFile(join(folder, 'main.js'), PLUGIN);
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

async function checked(way: string) {
  const candidates = [{ where: 'here', config: { way }, issues: [] }];
  const result = await checkPlugin('acme-odd', candidates, { production: true, cwd, limitMs: 100 });
  return result.ok ? result.report.configurations[0] : result;
}

it('checkPlugin reports a package whose top-level await never ends', async () => {
  const folder = join(cwd, 'node_modules', 'acme-waits');
  await mkdir(folder);
  await writeFile(
    join(folder, 'package.json'),
    '{"name":"acme-waits","type":"module","exports":"./main.js"}',
  );
  await writeFile(join(folder, 'main.js'), 'await new Promise(() => {});');
  expect(await checkPlugin('acme-waits', [], { production: true, cwd, loadMs: 100 })).toEqual({
    ok: false,
    message: 'package "acme-waits" cannot be loaded: its top-level await did not end within 0.1 s',
  });
});

describe('checkPlugin', () => {
  it.each([
    ['refuse', 'acme-odd rejects its configuration: not like this'],
    ['empty', 'acme-odd: create must return an object with provision and deprovision'],
    ['nothing', 'acme-odd: create must return an object with provision and deprovision'],
    ['text', 'acme-odd: list must be a function, or be left out'],
  ])('reports an invalid configuration when create does "%s"', async (way, text) => {
    const issues = [{ path: 'config', text }];
    expect(await checked(way)).toEqual({ where: 'here', valid: false, issues, check: 'skipped' });
  });

  it.each([
    ['throw', 'thrown at once'],
    ['hang', 'no answer within 0.1 s'],
    ['stuck', 'cannot be closed'],
    ['lingers', 'close did not end within 0.1 s'],
  ])('reports the reason and closes the instance when it does "%s"', async (way, reason) => {
    expect(await checked(way)).toEqual({ where: 'here', valid: true, issues: [], check: 'failed', reason });
    expect((globalThis as unknown as { closedByAcme: string[] }).closedByAcme).toContain(way);
  });
});
