import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { overview } from './config-overview.js';
import { VARIABLE_REFERENCE } from './reference.js';

describe('the documented defaults', () => {
  const folder = tmpdir();
  const { settings } = overview({ DATABASE_URL: 'postgres://127.0.0.1/x' }, folder);
  const byDefault = settings.filter(({ from }) => from === 'default');

  it('exist for each setting with a default', () => {
    expect(byDefault.length).toBeGreaterThan(8);
  });

  it.each(byDefault)('are those of the program for $name', ({ name, value }) => {
    expect(VARIABLE_REFERENCE[name as keyof typeof VARIABLE_REFERENCE].otherwise).toBe(
      `\`${value?.replace(`${folder}/`, '')}\``,
    );
  });
});
