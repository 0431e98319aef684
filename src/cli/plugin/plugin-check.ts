// Implements `drawbridge plugin check`.
import { validate } from '../../provisioner/plugin-config.js';
import { loadPlugin, type LoadedPlugin } from '../../provisioner/plugin-loading.js';
import { create, verbsOf, warningsOf } from '../../provisioner/plugin-verbs.js';
import type { Provisioner } from '../../provisioner/provisioner.js';

/** A configuration to check, and its name in messages. */
export interface Candidate {
  readonly where: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Problems found before the plugin validates the configuration. */
  readonly issues: readonly PluginIssue[];
}

export interface PluginIssue {
  /** The path of the key, starting with `config`. */
  readonly path: string;
  readonly text: string;
}

export interface CheckedConfiguration {
  readonly where: string;
  readonly valid: boolean;
  readonly issues: readonly PluginIssue[];
  /** `none`: the plugin has no `check`. `skipped`: the configuration is invalid. */
  readonly check: 'passed' | 'failed' | 'none' | 'skipped';
  /** The reason if `check` failed. */
  readonly reason?: string;
  /** Warnings of a `check` that passed. */
  readonly warnings?: readonly string[];
}

export interface PluginReport {
  readonly provisioner: string;
  readonly name: string;
  readonly apiVersion: number;
  /** Null if no configuration is valid: verbs are known only from an instance. */
  readonly verbs: readonly string[] | null;
  readonly configurations: readonly CheckedConfiguration[];
}

export type PluginCheck =
  { readonly ok: true; readonly report: PluginReport } | { readonly ok: false; readonly message: string };

const CHECK_MS = 30_000;
export async function checkPlugin(
  provisioner: string,
  candidates: readonly Candidate[],
  options: {
    readonly production: boolean;
    readonly cwd: string;
    readonly limitMs?: number;
    readonly loadMs?: number;
  },
): Promise<PluginCheck> {
  const loaded = await loadPlugin(provisioner, options);
  if (!loaded.ok) return loaded;
  const { plugin } = loaded;
  const results = await Promise.all(
    candidates.map((candidate) => checkCandidate(plugin, candidate, options.limitMs ?? CHECK_MS)),
  );
  const report = {
    provisioner,
    name: plugin.name,
    apiVersion: plugin.apiVersion,
    verbs: results.find(({ verbs }) => verbs !== null)?.verbs ?? null,
    configurations: results.map(({ checked }) => checked),
  };
  return { ok: true, report };
}

interface CheckResult {
  readonly checked: CheckedConfiguration;
  readonly verbs: readonly string[] | null;
}

async function checkCandidate(
  plugin: LoadedPlugin,
  { where, config, issues }: Candidate,
  limitMs: number,
): Promise<CheckResult> {
  const invalid = (found: readonly PluginIssue[]): CheckResult => ({
    checked: { where, valid: false, issues: found, check: 'skipped' },
    verbs: null,
  });
  if (issues.length > 0) return invalid(issues);
  const checked = validate(plugin, config);
  if (!checked.ok)
    return invalid(checked.issues.map(({ path, text }) => ({ path: ['config', ...path].join('.'), text })));
  const instance = instanceOf(plugin, checked.value);
  if ('refusal' in instance) return invalid([{ path: 'config', text: instance.refusal }]);
  const outcome = await runCheck(instance.one, limitMs);
  return { checked: { where, valid: true, issues: [], ...outcome }, verbs: verbsOf(instance.one) };
}

function instanceOf(plugin: LoadedPlugin, config: unknown): { one: Provisioner } | { refusal: string } {
  try {
    return { one: create(plugin, config) };
  } catch (error) {
    return { refusal: textOf(error) };
  }
}

async function runCheck(
  one: Provisioner,
  limitMs: number,
): Promise<Pick<CheckedConfiguration, 'check' | 'reason' | 'warnings'>> {
  try {
    let warnings: readonly string[];
    try {
      warnings = warningsOf(await within(limitMs, async (signal) => one.check?.(signal)));
    } finally {
      await within(limitMs, async () => one.close?.(), 'close did not end');
    }
    if (!one.check) return { check: 'none' };
    return { check: 'passed', ...(warnings.length === 0 ? {} : { warnings }) };
  } catch (error) {
    return { check: 'failed', reason: textOf(error) };
  }
}

/** Limits `work` to `limitMs`, even if it ignores its signal. */
async function within<T>(
  limitMs: number,
  work: (signal: AbortSignal) => Promise<T>,
  late = 'no answer',
): Promise<T> {
  const limit = new AbortController();
  // AbortSignal.timeout would let the process exit earlier.
  const timer = setTimeout(() => limit.abort(new Error(`${late} within ${limitMs / 1_000} s`)), limitMs);
  const ended = new Promise<never>((_, reject) => {
    limit.signal.addEventListener('abort', () => reject(limit.signal.reason as Error));
  });
  return Promise.race([work(limit.signal), ended]).finally(() => clearTimeout(timer));
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
