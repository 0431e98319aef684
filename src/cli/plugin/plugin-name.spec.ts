import { describe, expect, it } from 'vitest';
import { pluginNameOf } from './plugin-name.js';

describe('the name of a new plugin', () => {
  it.each([
    ['acme-bucket', 'acme-bucket'],
    ['s3', 's3'],
    ['@acme/bucket', 'acme-bucket'],
    ['@acme/memory', 'acme-memory'],
  ])('%s is accepted for a plugin named %s', (packageName, pluginName) => {
    expect(pluginNameOf(packageName)).toEqual({ ok: true, packageName, pluginName });
  });

  it.each([
    ['Acme', /lower-case letters, digits and dashes/],
    ['acme_db', /lower-case/],
    ['-acme', /lower-case/],
    ['3d', /beginning with a letter/],
    ['../acme', /lower-case/],
    ['@acme', /lower-case/],
    ['', /lower-case/],
    ['a'.repeat(215), /longer than npm allows/],
    ['postgres-branch', /name of a builtin/],
    ['fs', /Node.js module/],
    ['drawbridge', /name of Drawbridge/],
  ])('"%s" is rejected', (packageName, why) => {
    expect(pluginNameOf(packageName)).toEqual({ ok: false, message: expect.stringMatching(why) });
  });
});
