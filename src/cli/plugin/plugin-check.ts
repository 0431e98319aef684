/** What `drawbridge plugin check` finds out. */
import { validate } from '../../provisioner/plugin-config.js';
import { loadPlugin, type LoadedPlugin } from '../../provisioner/plugin-loading.js';
import { create, verbsOf, warningsOf } from '../../provisioner/plugin-verbs.js';
import type { Provisioner } from '../../provisioner/provisioner.js';

/** One configuration to try, and what it is called in messages. */
export interface Candidate {
  readonly where: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** What is known to be wrong before the plugin has seen it. */
  readonly issues: readonly PluginIssue[];
}

export interface PluginIssue {
  /** Of the key, from `config` on. */
  readonly path: string;
  readonly text: string;
}

export interface CheckedConfiguration {
  readonly where: string;
  readonly valid: boolean;
  readonly issues: readonly PluginIssue[];
  /** `none`: the plugin has no such verb. `skipped`: the configuration is not valid. */
  readonly check: 'passed' | 'failed' | 'none' | 'skipped';
  /** Why `check` failed. */
  readonly reason?: string;
  /** What `check` answered although it passed. */
  readonly warnings?: readonly string[];
}

export interface PluginReport {
  readonly provisioner: string;
  readonly name: string;
  readonly apiVersion: number;
  /** Null when no configuration is valid: only an instance shows its verbs. */
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
  const tried = await Promise.all(
    candidates.map((candidate) => tryOut(plugin, candidate, options.limitMs ?? CHECK_MS)),
  );
  const report = {
    provisioner,
    name: plugin.name,
    apiVersion: plugin.apiVersion,
    verbs: tried.find(({ verbs }) => verbs !== null)?.verbs ?? null,
    configurations: tried.map(({ checked }) => checked),
  };
  return { ok: true, report };
}

interface Tried {
  readonly checked: CheckedConfiguration;
  readonly verbs: readonly string[] | null;
}

async function tryOut(
  plugin: LoadedPlugin,
  { where, config, issues }: Candidate,
  limitMs: number,
): Promise<Tried> {
  const invalid = (found: readonly PluginIssue[]): Tried => ({
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

/** What does not heed its signal is not waited for. */
async function within<T>(
  limitMs: number,
  work: (signal: AbortSignal) => Promise<T>,
  late = 'no answer',
): Promise<T> {
  const limit = new AbortController();
  // Not AbortSignal.timeout, which lets the process end before.
  const timer = setTimeout(() => limit.abort(new Error(`${late} within ${limitMs / 1_000} s`)), limitMs);
  const ended = new Promise<never>((_, reject) => {
    limit.signal.addEventListener('abort', () => reject(limit.signal.reason as Error));
  });
  return Promise.race([work(limit.signal), ended]).finally(() => clearTimeout(timer));
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
