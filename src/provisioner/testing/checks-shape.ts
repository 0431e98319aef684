/** What can be told without making anything: the plugin's own shape and what its schema refuses. */
import assert from 'node:assert/strict';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { CALL_LIMIT_MS } from '../limits.js';
import type { Provisioner, ProvisionerPlugin } from '../provisioner.js';
import { everyPath, isWithin, replaced } from './settings.js';
import { foundIn, secretsOfConfig } from './secrecy.js';
import type { Checks } from './world.js';

/** What no file of settings can say, and so no schema may take. */
const NO_SETTING = (): undefined => undefined;
const UNKNOWN_KEY = 'keyThatNobodyKnows';

export const SHAPE: Checks = {
  'is a plugin of api version 1': async ({ plugin }) => {
    assert.equal(plugin.apiVersion, 1, 'apiVersion must be 1; the loader refuses any other');
    assert.match(
      plugin.name ?? '',
      /^[a-z][a-z0-9-]*$/,
      'name must be lower-case letters, digits and dashes; it stands before what people read about the plugin',
    );
    const schema: unknown = plugin.configSchema?.['~standard'];
    assert.equal(
      typeof (schema as { validate?: unknown } | undefined)?.validate,
      'function',
      'configSchema must be a Standard Schema, so that settings are checked at boot; zod, valibot and arktype make one',
    );
    assert.equal(typeof plugin.create, 'function', 'create must be a function');
  },

  'creates a provisioner with both verbs': async ({ subject }) => {
    await subject.withInstance(async (one) => checkVerbs(one));
  },

  'refuses a bad configuration and names the key': async ({ plugin, invalidConfig }) => {
    const issues = issuesOf(plugin, invalidConfig);
    assert.ok(
      issues.length > 0,
      'configSchema accepts the invalid configuration; let it refuse unknown keys and wrong types, so that a typing error stops the boot and not a deployment',
    );
    if (!isObject(invalidConfig)) return;
    const keys = Object.keys(invalidConfig);
    assert.ok(
      issues.every((issue) => namesOne(issue, keys)),
      'an issue of configSchema has no path and names no key; operators have to see which key is wrong: give each issue the path of its key, or name the key in its message',
    );
  },

  'refuses a key that it does not know': async ({ plugin, config }) => {
    if (!isObject(config)) return;
    const issues = issuesOf(plugin, { ...config, [UNKNOWN_KEY]: true });
    assert.ok(
      issues.length > 0,
      `configSchema accepts the unknown key "${UNKNOWN_KEY}"; a key with a typing error would be left out in silence: make the object strict (z.strictObject)`,
    );
    assert.ok(
      issues.some(({ path, message }) => path.includes(UNKNOWN_KEY) || message.includes(UNKNOWN_KEY)),
      `configSchema refuses an unknown key and does not say which one; put "${UNKNOWN_KEY}" into the path of the issue or its message`,
    );
  },

  'refuses a value of a wrong type by its path, at any depth': async ({ plugin, config }) => {
    for (const path of everyPath(config)) {
      const issues = issuesOf(plugin, replaced(config, path, NO_SETTING));
      const at = path.join('.');
      assert.ok(
        issues.length > 0,
        `configSchema accepts a function as "${at}", so it would take anything there; give the key a type`,
      );
      assert.ok(
        issues.some((issue) => isWithin(issue.path, path)),
        `configSchema refuses a bad "${at}" with the path "${issues.map((issue) => issue.path.join('.')).join('", "')}"; operators have to see which key is wrong: give the issue the path of the key, also where it is nested`,
      );
    }
  },

  'passes its own check, and can be closed': async ({ subject, config }) => {
    await subject.withInstance(async (one) => {
      const result = await one.check?.(AbortSignal.timeout(CALL_LIMIT_MS)).catch((error: unknown) => {
        assert.fail(
          `check throws though the configuration works, so each boot would warn of nothing: ${error instanceof Error ? error.message : String(error)}`,
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
    'check may answer nothing, or { warnings: [a text each] }; anything else is not shown to operators',
  );
  const found = foundIn(JSON.stringify(warnings), secretsOfConfig(config));
  assert.ok(found === null, `${found} stands in a warning of check, which goes to the log and to doctor`);
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
    'configSchema validates asynchronously, which the core refuses; ask the backend in check',
  );
  const issues = (result.issues ?? []).map(({ path = [], message }) => ({
    path: path.map((part) => String(typeof part === 'object' ? part.key : part)),
    message,
  }));
  const found = foundIn(JSON.stringify(issues), secretsOfConfig(config));
  assert.ok(
    found === null,
    `${found} stands in an issue of configSchema, which is printed at boot; say what is wanted, not what was given`,
  );
  return issues;
}

/** A strict schema knows no path of an unknown key, and says its name. */
function namesOne({ path, message }: Issue, keys: readonly string[]): boolean {
  const words = message.split(/[^\w-]+/);
  return path.length > 0 || keys.some((key) => words.includes(key));
}

function validated(
  plugin: ProvisionerPlugin,
  config: unknown,
): ReturnType<StandardSchemaV1.Props['validate']> {
  try {
    return plugin.configSchema['~standard'].validate(config);
  } catch (error) {
    return assert.fail(
      `configSchema threw (${error instanceof Error ? error.message : String(error)}) instead of answering with issues, so nobody sees which key is wrong; look at a value's type before its content`,
    );
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
