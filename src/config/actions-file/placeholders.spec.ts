import { describe, expect, it } from 'vitest';
import { resolvePlaceholders } from './placeholders.js';

const ENV: Record<string, string> = { HOST_1: 'db', PORT: '5432', TRICKY: '${PORT} $& $1' };

function resolve(value: unknown): { value: unknown; problems: string[] } {
  const problems: string[] = [];
  const result = resolvePlaceholders(
    value,
    'config',
    (name) => ENV[name],
    (path, text) => {
      problems.push(`${path}: ${text}`);
    },
  );
  return { value: result, problems };
}

describe('resolvePlaceholders', () => {
  it.each([
    ['${HOST_1}', 'db'],
    ['pg://${HOST_1}:${PORT}/x', 'pg://db:5432/x'],
    ['$${HOST_1}', '${HOST_1}'],
    ['$$${HOST_1}', '$${HOST_1}'],
    ['${deployment.gitRef}-${PORT}', '${deployment.gitRef}-5432'],
    ['${steps.a.secrets.B_C:-x y}', '${steps.a.secrets.B_C:-x y}'],
    ['$$${deployment.gitRef}', '$${deployment.gitRef}'],
    ['$HOST_1 costs 5$', '$HOST_1 costs 5$'],
    ['${TRICKY}', '${PORT} $& $1'],
    [
      { a: [{ b: '${PORT}' }], '${PORT}': 1 },
      { a: [{ b: '5432' }], '${PORT}': 1 },
    ],
    [
      [1, true, null],
      [1, true, null],
    ],
  ])('resolves %j to %j', (value, expected) => {
    expect(resolve(value)).toEqual({ value: expected, problems: [] });
  });

  it.each([
    [{ a: ['x', '${NOPE}'] }, 'config.a[1]: the environment variable NOPE is not set'],
    ['${HOST-1}', 'config: "${" does not begin a variable: write ${NAME}, or $${ for a literal "${"'],
    ['${PORT:-1}', 'config: "${" does not begin a variable: write ${NAME}, or $${ for a literal "${"'],
    ['${', 'config: "${" does not begin a variable: write ${NAME}, or $${ for a literal "${"'],
  ])('reports %j', (value, problem) => {
    expect(resolve(value).problems).toEqual([problem]);
  });
});
