import { describe, expect, it } from 'vitest';
import { DRAWN, PANELS } from './dashboard.js';

describe('the dashboard', () => {
  it('has a row for each part, without a gap or an overlap', () => {
    expect(PANELS.filter(({ type }) => type === 'row').map(({ title }) => title)).toEqual([
      'Overview',
      'Intake',
      'Worker',
      'Vercel',
      'Postgres',
      'Process',
    ]);
    const taken = new Set<string>();
    for (const { gridPos: at } of PANELS)
      for (let y = at.y; y < at.y + at.h; y++)
        for (let x = at.x; x < at.x + at.w; x++) {
          expect(taken.has(`${x} ${y}`)).toBe(false);
          taken.add(`${x} ${y}`);
        }
    expect(taken.size).toBe(24 * Math.max(...PANELS.map(({ gridPos }) => gridPos.y + gridPos.h)));
  });

  it.each(DRAWN)(
    '$title has a unit, a description, thresholds and queries, and is of a supported type',
    (panel) => {
      expect(['stat', 'timeseries', 'table']).toContain(panel.type);
      expect(panel.fieldConfig?.defaults.unit).toMatch(/^[A-Za-z]+$/);
      expect(panel.description).toMatch(/^[A-Z0-9].{20,}\.$/);
      const steps = panel.fieldConfig?.defaults.thresholds.steps ?? [];
      expect(steps[0]?.value).toBeNull();
      const values = steps.slice(1).map(({ value }) => value ?? Number.NaN);
      expect(values).toEqual(values.toSorted((one, other) => one - other));
      expect(panel.targets?.length).toBeGreaterThan(0);
    },
  );
});
