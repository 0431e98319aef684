import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DOUBT_REASONS } from './doubt-reasons.js';

it('the reasons of a doubt are defined in one file', () => {
  const list = DOUBT_REASONS.map((reason) => `'${reason}'`).join(', ');
  const places = globSync('src/**/*.ts').filter((file) => readFileSync(file, 'utf8').includes(list));
  // The constraint in the database belongs to its migration.
  expect(places.toSorted()).toEqual([
    'src/database/migrations/1764900000000-deployment-evidence.ts',
    'src/state-machine/doubt-reasons.ts',
  ]);
});
