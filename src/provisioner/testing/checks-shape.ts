/**
 * Checks that need no thing in the backend: the shape of the plugin, and which configurations its schema
 * rejects.
 */
import assert from 'node:assert/strict';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { CALL_LIMIT_MS } from '../limits.js';
import type { Provisioner, ProvisionerPlugin } from '../provisioner.js';
import { everyPath, isWithin, replaced } from './config-paths.js';
import { foundIn, secretsOfConfig } from './secret-search.js';
import type { Checks } from './check-context.js';

/** No YAML file can contain a function, so no schema may accept one. */
const INVALID_VALUE = (): undefined => undefined;
const UNKNOWN_KEY = 'keyThatNobodyKnows';

export const SHAPE: Checks = {
  'is a plugin of api version 1': async ({ plugin }) => {
    assert.equal(plugin.apiVersion, 1, 'apiVersion must be 1; the loader rejects any other');
    assert.match(
      plugin.name ?? '',
      /^[a-z][a-z0-9-]*$/,
      'name must be lower-case letters, digits and dashes; it prefixes the messages about the plugin',
    );
    const schema: unknown = plugin.configSchema?.['~standard'];
    assert.equal(
      typeof (schema as { validate?: unknown } | undefined)?.validate,
      'function',
      'configSchema must be a Standard Schema, so that Drawbridge can check settings at boot; ' +
        'zod, valibot and arktype make one',
    );
    assert.equal(typeof plugin.create, 'function', 'create must be a function');
  },

  'creates a provisioner with both verbs': async ({ subject }) => {
    await subject.withInstance(async (one) => checkVerbs(one));
  },

  'rejects an invalid configuration and names the key': async ({ plugin, invalidConfig }) => {
    const issues = issuesOf(plugin, invalidConfig);
    assert.ok(
      issues.length > 0,
      'configSchema accepts invalidConfig. Let it reject unknown keys and wrong types, so that ' +
        'a typing error stops the boot and not a deployment',
    );
    if (!isObject(invalidConfig)) return;
    const keys = Object.keys(invalidConfig);
    assert.ok(
      issues.every((issue) => namesAKey(issue, keys)),
      'an issue of configSchema has no path and names no key. Operators need to see which key ' +
        'is wrong: give each issue the path of its key, or name the key in its message',
    );
  },

  'rejects an unknown key': async ({ plugin, config }) => {
    if (!isObject(config)) return;
    const issues = issuesOf(plugin, { ...config, [UNKNOWN_KEY]: true });
    assert.ok(
      issues.length > 0,
      `configSchema accepts the unknown key "${UNKNOWN_KEY}", so a misspelt key would have no ` +
        'effect. Make the object strict (z.strictObject)',
    );
    assert.ok(
      issues.some(({ path, message }) => path.includes(UNKNOWN_KEY) || message.includes(UNKNOWN_KEY)),
      `configSchema rejects an unknown key but does not name it. Put "${UNKNOWN_KEY}" into the ` +
        'path of the issue or into its message',
    );
  },

  'rejects a value of a wrong type and gives its path, at any depth': async ({ plugin, config }) => {
    for (const path of everyPath(config)) {
      const issues = issuesOf(plugin, replaced(config, path, INVALID_VALUE));
      const at = path.join('.');
      assert.ok(
        issues.length > 0,
        `configSchema accepts a function as "${at}", so it accepts any value there. Give the key a type`,
      );
      assert.ok(
        issues.some((issue) => isWithin(issue.path, path)),
        `configSchema rejects an invalid "${at}" with the path ` +
          `"${issues.map((issue) => issue.path.join('.')).join('", "')}". Operators need to see ` +
          'which key is wrong: give the issue the path of the key, also of a nested one',
      );
    }
  },

  'passes its own check, and can be closed': async ({ subject, config }) => {
    await subject.withInstance(async (one) => {
      const result = await one.check?.(AbortSignal.timeout(CALL_LIMIT_MS)).catch((error: unknown) => {
        assert.fail(
          'check throws although the configuration works, so each boot would print a false ' +
            `warning: ${error instanceof Error ? error.message : String(error)}`,
        );
      });
      checkWarnings(result, config);
    });
  },
};

function checkWarnings(result: unknown, config: unknown): void {
  if (result === undefined) return;
  const { warnings = [] } = (isObject(result) ? result : { warnings: null }) as { warnings?: unknown };
  assert.ok(
    Array.isArray(warnings) && warnings.every((warning) => typeof warning === 'string' && warning !== ''),
    'check must return nothing or { warnings: [text, …] }; operators see nothing else',
  );
  const found = foundIn(JSON.stringify(warnings), secretsOfConfig(config));
  assert.ok(
    found === null,
    `a warning of check contains ${found}; the log and the command doctor show warnings`,
  );
}

function checkVerbs(one: Provisioner): void {
  for (const verb of ['provision', 'deprovision'] as const)
    assert.equal(typeof one?.[verb], 'function', `create must return an object with ${verb}`);
  for (const verb of ['check', 'list', 'close'] as const)
    assert.ok(
      one[verb] === undefined || typeof one[verb] === 'function',
      `${verb} must be a function, or be left out`,
    );
}

interface Issue {
  readonly path: readonly string[];
  readonly message: string;
}

function issuesOf(plugin: ProvisionerPlugin, config: unknown): Issue[] {
  const result = validated(plugin, config);
  assert.ok(
    !(result instanceof Promise),
    'configSchema validates asynchronously, which Drawbridge does not support; query the backend in check',
  );
  const issues = (result.issues ?? []).map(({ path = [], message }) => ({
    path: path.map((part) => String(typeof part === 'object' ? part.key : part)),
    message,
  }));
  const found = foundIn(JSON.stringify(issues), secretsOfConfig(config));
  assert.ok(
    found === null,
    `an issue of configSchema contains ${found}; Drawbridge prints issues at boot. Name the ` +
      'expected value, not the given one',
  );
  return issues;
}

/**
 * Returns true when the issue has a path or names a key. A strict schema gives an unknown key no path, only
 * its name.
 */
function namesAKey({ path, message }: Issue, keys: readonly string[]): boolean {
  const terms = message.split(/[^\w-]+/);
  return path.length > 0 || keys.some((key) => terms.includes(key));
}

function validated(
  plugin: ProvisionerPlugin,
  config: unknown,
): ReturnType<StandardSchemaV1.Props['validate']> {
  try {
    return plugin.configSchema['~standard'].validate(config);
  } catch (error) {
    return assert.fail(
      `configSchema threw (${error instanceof Error ? error.message : String(error)}) instead ` +
        'of returning issues, so operators cannot see which key is wrong. Check the type of a ' +
        'value before its content',
    );
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
