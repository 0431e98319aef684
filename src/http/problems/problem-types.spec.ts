import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PROBLEMS } from './problem-types.js';

const page = readFileSync(new URL('../../../docs/problems.md', import.meta.url), 'utf8');

describe('docs/problems.md', () => {
  it('has a section with its status for every problem, and no other section', () => {
    const sections = [...page.matchAll(/^## (\S+)\n\n(\d{3})\./gm)].map(([, slug, status]) => [
      slug,
      Number(status),
    ]);
    expect(sections).toEqual(Object.entries(PROBLEMS).map(([slug, { status }]) => [slug, status]));
  });
});
