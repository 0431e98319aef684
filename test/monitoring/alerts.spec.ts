import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DRAWN } from './dashboard.js';
import { promtool } from './promtool.js';
import { ALERTS, CASES, casesOf, fileOf, namesIn, RECORDINGS, ROOT, RULES, RUNBOOKS } from './rules.js';

const PREFIX = 'https://drawbridge.example.com/docs/runbooks/';
const WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'];

describe('the rules', () => {
  it('are accepted by promtool', async () => {
    expect(await promtool('check', 'rules', RULES)).toContain(
      `${ALERTS.length + RECORDINGS.length} rules found`,
    );
  });

  it('record each objective over the same windows, with expressions that differ only in the window', () => {
    const byName = Map.groupBy(RECORDINGS, ({ record }) => record.replace(/rate\w+$/, ''));
    for (const [name, rules] of byName) {
      expect(rules.map(({ record }) => record.slice(name.length + 'rate'.length))).toEqual(WINDOWS);
      const texts = rules.map(({ expr }) => expr.replaceAll(/(\[|rate)\d+[mhd]\b/g, '$1'));
      expect(new Set(texts).size, name).toBe(1);
    }
  });

  it('name no bucket only by a whole number, which Prometheus 3 writes as a float', () => {
    const queries = [...ALERTS, ...RECORDINGS, ...DRAWN.flatMap(({ targets = [] }) => targets)];
    const bounds = queries.flatMap(({ expr }) => expr.match(/\ble=[^,}]*/g) ?? []);
    expect(new Set(bounds)).toEqual(new Set(['le=~"60(\\\\.0)?"']));
  });

  it('contain at least twelve alerts, each with a name, a case and a runbook of its own', () => {
    const names = ALERTS.map(({ alert }) => fileOf(alert)).sort();
    expect(names.length).toBeGreaterThanOrEqual(12);
    expect(new Set(names).size).toBe(names.length);
    expect(namesIn(CASES).sort()).toEqual(names);
    expect(namesIn(RUNBOOKS).sort()).toEqual(names);
  });
});

describe.each(ALERTS)('$alert', ({ alert, labels, annotations, for: after }) => {
  const file = fileOf(alert);

  it('fires and resolves, and stays silent just below its threshold', async () => {
    const [first, ...others] = casesOf(file);
    const fired = first?.alert_rule_test.map(({ exp_alerts }) => exp_alerts.length > 0) ?? [];
    expect(fired[0]).toBe(true);
    expect(fired.at(-1)).toBe(false);
    const silent = others.find(({ name }) => name.startsWith('stays silent'));
    expect(silent?.alert_rule_test.length).toBeGreaterThan(0);
    expect(silent?.alert_rule_test.flatMap(({ exp_alerts }) => exp_alerts)).toEqual([]);
    const tests = [first, ...others].flatMap((one) => one?.alert_rule_test ?? []);
    expect(new Set(tests.map(({ alertname }) => alertname))).toEqual(new Set([alert]));
    expect(await promtool('test', 'rules', join(CASES, `${file}.yaml`))).toContain('SUCCESS');
  });

  it('links its runbook, which has sections to look, decide and fix', () => {
    expect(annotations.runbook_url).toBe(`${PREFIX}${file}.md`);
    const path = join(RUNBOOKS, `${file}.md`);
    expect(existsSync(path)).toBe(true);
    const page = readFileSync(path, 'utf8');
    expect(page.startsWith(`# ${alert}\n\nA ${labels.severity}. `)).toBe(true);
    for (const heading of ['Look', 'Decide', 'Fix', 'Afterwards'])
      expect(page).toContain(`\n## ${heading}\n`);
  });

  it('has a summary of one line', () => {
    expect(['page', 'ticket']).toContain(labels.severity);
    expect(annotations.summary).toMatch(/^[A-Z][^{}\n]{10,80}$/);
    expect(annotations.description).toMatch(/^\S.{40,}\.$/);
  });

  it.each(['docs/monitoring.md', 'docs/runbooks/README.md'])('is in the table of %s', (page) => {
    const folder = page === 'docs/monitoring.md' ? 'runbooks/' : '';
    const cells = [
      `[${alert}](${folder}${file}.md)`,
      labels.severity,
      after ?? 'at once',
      annotations.summary,
    ];
    const rows = readFileSync(join(ROOT, page), 'utf8')
      .split('\n')
      .map((line) =>
        line
          .split('|')
          .map((cell) => cell.trim())
          .slice(1, -1),
      );
    expect(rows).toContainEqual(cells);
  });
});
