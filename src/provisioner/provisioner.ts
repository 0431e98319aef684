/**
 * The provisioner contract: all that a plugin has to know. This file imports nothing of Drawbridge.
 *
 * A provisioner makes one thing outside per `key` and takes it away again. Two verbs, both idempotent; neither waits.
 * Whatever has to survive between calls travels in `handle`, never in memory: every call may come from another process.
 * The conformance kit (`drawbridge/provisioner/testing`) checks each promise made here.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The default export of a builtin module or of an npm package. */
export interface ProvisionerPlugin<Config = unknown, Handle extends Json = Json> {
  readonly apiVersion: 1;
  /** Lower-case, dashes; it prefixes the plugin's messages. */
  readonly name: string;
  /** Validates and types what stands under `config` in actions.yaml (zod, valibot, … all bring one). */
  readonly configSchema: StandardSchemaV1<unknown, Config>;
  /** Set when it fills `${…}` in texts of its configuration in, `$${` being a literal `${`: what `sequence` puts there is escaped so. */
  readonly templates?: true;
  /** Why a resource may not choose what it chose beside `configured`: issues whose paths begin with the option's key, for who deploys. */
  optionIssues?(configured: Config, chosen: Record<string, unknown>): readonly StandardSchemaV1.Issue[];
  /** Called once per distinct configuration. Opens nothing: connections belong into the verbs. */
  create(config: Config): Provisioner<Handle>;
}

export interface Provisioner<Handle extends Json = Json> {
  /**
   * Makes the thing named by `request.key`, or finds it. Called again after `pending`, after a crash, and possibly by two
   * callers at once: all of them end with one thing and the same secrets.
   *
   * Throw `PermanentError` when trying again cannot help; anything else thrown is retried until the deadline.
   */
  provision(request: ProvisionRequest<Handle>): Promise<Ready<Handle> | Pending<Handle>>;
  /**
   * Takes the thing named by `request.key` away, also without a handle, also half-made, also in use.
   * What is not there is `gone`, not an error. Retried until it says `gone`.
   */
  deprovision(request: DeprovisionRequest<Handle>): Promise<Gone | Pending<Handle>>;
  /** Throws when provisioning could not work: no backend, credentials or rights. Warnings go to operators: a sentence each, no secrets. */
  check?(signal: AbortSignal): Promise<void | { readonly warnings?: readonly string[] }>;
  /** The keys of all that this provisioner has made and not taken away, as its backend knows them. For audits. */
  list?(signal: AbortSignal): Promise<readonly string[]>;
  /** Gives back whatever `create` and the verbs keep open. Called once, at shutdown. */
  close?(): Promise<void>;
}

export interface DeprovisionRequest<Handle extends Json = Json> {
  /** Names the thing: `[a-z0-9-]{1,63}`, the same in every call for it, never used again after `gone`. */
  readonly key: string;
  /** What the last recorded answer for this key carried; an earlier one's, or null, where a crash or a faster caller kept it from being recorded. */
  readonly handle: Handle | null;
  /** The provider's own product instance, with the settings its owner chose. */
  readonly resource: { readonly id: string; readonly settings: Readonly<Record<string, Json>> };
  readonly installationId: string;
  /**
   * 32 bytes that are the same in every call for this key with this label, and never stored: make passwords from them.
   * Different keys and labels give unrelated bytes.
   */
  derive(label: string): Uint8Array;
  /** Aborted on cancel, at the deadline, after 30 s, at shutdown. Throw promptly then and clean nothing up. */
  readonly signal: AbortSignal;
  /** Goes to the operators' log, with the action's id. Never put a secret in. */
  log(message: string, fields?: Readonly<Record<string, Json>>): void;
}

export interface ProvisionRequest<Handle extends Json = Json> extends DeprovisionRequest<Handle> {
  /** What Vercel tells of the deployment; null where it does not say. For a shared key: the one that asks now. */
  readonly deployment: {
    readonly id: string;
    /** Host name without scheme. */
    readonly url: string | null;
    /** `production`, `staging`, or null for a preview. */
    readonly target: string | null;
    readonly projectId: string | null;
    readonly projectName: string | null;
    readonly gitRef: string | null;
    readonly gitSha: string | null;
    readonly pullRequest: number | null;
  };
}

/**
 * It is there and can be used. The secrets become the deployment's environment variables; they live nowhere else. 64 KB are the most
 * for all of them together, and for a handle as JSON.
 */
export interface Ready<Handle extends Json = Json> {
  readonly status: 'ready';
  readonly handle: Handle;
  readonly secrets?: Readonly<Record<string, string>>;
  /** One line for the person who deploys. Stable: no times, no ids that change each try, no secrets. */
  readonly message?: string;
}

/** Progress, checkpoint, rate limit and yield in one value. */
export interface Pending<Handle extends Json = Json> {
  readonly status: 'pending';
  /** Replaces the stored handle; leave it out to keep that one. */
  readonly handle?: Handle;
  /** Shown to the person who deploys as the action's status text. */
  readonly message: string;
  /** Milliseconds until the next call; less than 100 is taken as 100, more than 10 minutes as 10 minutes. */
  readonly retryAfterMs: number;
}

export interface Gone {
  readonly status: 'gone';
}

/**
 * Trying again cannot help: a quota is used up, a name is refused, a setting is wrong. The message is shown to the person
 * who deploys. Not for outages, time-outs, rate limits or anything that may pass: throw any other error, or answer `pending`.
 */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
  /** True also for a PermanentError that came from another copy of this module (a plugin's own dependency). */
  static is(error: unknown): error is Error {
    return error instanceof Error && error.name === 'PermanentError';
  }
}
