import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hearLog } from '../../test/support/log.js';
import { EVENTS } from './events.js';
import { FIELDS } from './fields.js';
import { FrameworkLog } from './framework-log.js';
import { failure, setLogLevel, logEvent } from './log.js';

const SRC = join(import.meta.dirname, '..');
/** Programs that print to a terminal, and the twin, which is not part of the server. */
const TERMINAL_PROGRAMS = /^(cli|twin)\/|^boot\/terminal\.ts$|^main\.ts$|^provisioner\/testing\//;

async function sources(): Promise<{ file: string; text: string }[]> {
  const found: { file: string; text: string }[] = [];
  for await (const file of glob('**/*.ts', { cwd: SRC })) {
    if (file.endsWith('.spec.ts') || file.startsWith('log/')) continue;
    found.push({ file, text: await readFile(join(SRC, file), 'utf8') });
  }
  return found;
}

describe('the log', () => {
  it('writes one JSON line for each event: level, time, event, message and the given fields', () => {
    const lines = hearLog();
    logEvent('action-moved', {
      ...ACTION,
      transition: 'begin',
      from: 'queued',
      to: 'provisioning',
      reason: null,
    });
    expect(lines).toEqual([
      {
        level: 'debug',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        event: 'action-moved',
        msg: 'action changed state',
        ...ACTION,
        transition: 'begin',
        from: 'queued',
        to: 'provisioning',
      },
    ]);
  });

  it('skips events below its level', () => {
    const lines = hearLog('debug');
    setLogLevel('warn');
    logEvent('stopped', {});
    logEvent('queue-warning', { warning: 'slow' });
    expect(lines.map(({ event }) => event)).toEqual(['queue-warning']);
  });

  it("logs an error's message and stacks, without passwords in addresses", () => {
    const cause = Object.assign(new Error('cannot reach postgres://me:hunter2hunter2@db/x'), {
      client: { password: 'hunter2hunter2' },
    });
    const fields = failure(new Error('no lease', { cause }));
    expect(fields.error).toBe('no lease');
    expect(fields.stack).toContain('caused by: Error: cannot reach postgres://me:***@db/x');
    expect(JSON.stringify(fields)).not.toContain('hunter2');
    expect(failure('just text')).toEqual({ error: 'just text', stack: undefined });
  });

  it('contains messages of the framework, those of its boot at debug', () => {
    const lines = hearLog();
    const framework = new FrameworkLog();
    framework.log('Mapped {/livez, GET} route', 'RouterExplorer');
    framework.warn('deprecated');
    framework.error(new Error('broken'), 'at x', 'ExceptionsHandler');
    expect(lines).toMatchObject([
      { level: 'debug', event: 'framework', context: 'RouterExplorer' },
      { level: 'warn', event: 'framework-warning', text: 'deprecated' },
      {
        level: 'error',
        event: 'framework-error',
        text: 'broken',
        stack: 'at x',
        context: 'ExceptionsHandler',
      },
    ]);
  });

  it('has no event that is never logged, and no field without an event', async () => {
    const texts = (await sources()).map(({ text }) => text).join('\n');
    const framework = await readFile(join(SRC, 'log/framework-log.ts'), 'utf8');
    const silent = Object.keys(EVENTS).filter((name) => !`${texts}${framework}`.includes(`'${name}'`));
    expect(silent).toEqual([]);
    const used = new Set(
      Object.values(EVENTS).flatMap(({ fields }) => fields.map((name) => name.replace('?', ''))),
    );
    expect(Object.keys(FIELDS).filter((name) => !used.has(name))).toEqual([]);
    expect([...used].filter((name) => !(name in FIELDS))).toEqual([]);
  });

  it('is the only output of the server', async () => {
    const others = (await sources())
      .filter(({ file }) => !TERMINAL_PROGRAMS.test(file))
      .filter(({ text }) => /new Logger\(|\bconsole\.\w+\(|process\.std(out|err)/.test(text));
    expect(others.map(({ file }) => file)).toEqual([]);
  });
});

const ACTION = {
  actionId: 'a',
  installationId: 'icfg_1',
  resourceId: 'res_1',
  deploymentId: 'dpl_1',
  action: 'branch',
};
