import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RELEASE_REASONS } from './action-state.js';
import { releaseText } from './release-reasons.js';

describe('the text of a release', () => {
  it.each(RELEASE_REASONS)('names the cause and its object: %s', (reason) => {
    const text = releaseText(reason, { deploymentId: 'dpl_1', installationId: 'icfg_1' });
    expect(text).toMatch(reason === 'retained' ? /`retain`/ : /dpl_1|icfg_1/);
  });

  it('is defined in one file', () => {
    const texts = /deployment \$\{[\w.]+\} is gone`|installation \$\{[\w.]+\} was removed`/;
    const places = globSync('src/**/*.ts').filter((file) => texts.test(readFileSync(file, 'utf8')));
    expect(places).toEqual(['src/state-machine/release-reasons.ts']);
  });
});
