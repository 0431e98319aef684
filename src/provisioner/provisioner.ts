/**
 * The provisioner contract: everything a plugin has to know. This file imports nothing of Drawbridge.
 *
 * A provisioner makes one thing per `key` in its backend and removes it later. Both verbs are idempotent and
 * neither waits: it answers `pending`. State belongs in `handle`, not in memory: each call may run in another
 * process. The conformance kit (`drawbridge/provisioner/testing`) checks each rule of this file.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The default export of a builtin module or of an npm package. */
export interface ProvisionerPlugin<Config = unknown, Handle extends Json = Json> {
  readonly apiVersion: 1;
  /** Lower-case letters, digits and dashes, beginning with a letter. Prefixes the plugin's messages. */
  readonly name: string;
  /** Validates and types `config` of actions.yaml, synchronously. Rejects unknown keys and names them. */
  readonly configSchema: StandardSchemaV1<unknown, Config>;
  /** Set when the plugin fills `${…}` in its configuration, `$${` being `${`: `sequence` escapes then. */
  readonly templates?: true;
  /** Returns an issue for each option in `chosen` that a resource may not choose, with the option's key. */
  optionIssues?(configured: Config, chosen: Record<string, unknown>): readonly StandardSchemaV1.Issue[];
  /** Makes the provisioner of one distinct configuration. Opens no connection: the verbs do that. */
  create(config: Config): Provisioner<Handle>;
}

export interface Provisioner<Handle extends Json = Json> {
  /**
   * Makes the thing named by `request.key`, or finds it. Called again after `pending` and after a crash, and
   * possibly by two processes at once: all calls end with one thing and the same secrets.
   *
   * Throw a `PermanentError` when a retry cannot help. Any other error is retried until the deadline.
   */
  provision(request: ProvisionRequest<Handle>): Promise<Ready<Handle> | Pending<Handle>>;
  /**
   * Removes the thing named by `request.key`: without a handle, half-made or in use, too. Answers `gone` when
   * the thing does not exist; that is no error. Called until it answers `gone`.
   */
  deprovision(request: DeprovisionRequest<Handle>): Promise<Gone | Pending<Handle>>;
  /** Throws when provisioning cannot work. Returns warnings for operators: a sentence each, no secrets. */
  check?(signal: AbortSignal): Promise<void | { readonly warnings?: readonly string[] }>;
  /** Returns the keys of all things that exist in the backend, from all of its pages. Used by audits. */
  list?(signal: AbortSignal): Promise<readonly string[]>;
  /** Closes everything that `create` and the verbs keep open. Called once, after the last verb. */
  close?(): Promise<void>;
}

export interface DeprovisionRequest<Handle extends Json = Json> {
  /** Names the thing: `[a-z0-9-]{1,63}`. The same in every call for it; never used again after `gone`. */
  readonly key: string;
  /** The last stored handle for this key. After a crash or a faster call: an earlier one, or null. */
  readonly handle: Handle | null;
  /** The provider's own resource (product instance), with the settings that its owner chose. */
  readonly resource: { readonly id: string; readonly settings: Readonly<Record<string, Json>> };
  readonly installationId: string;
  /**
   * Returns 32 bytes to make passwords from: the same in every call for this key and label, stored nowhere.
   * Different keys and labels give unrelated bytes.
   */
  derive(label: string): Uint8Array;
  /** Aborts on cancel, at the deadline, at shutdown and after 30 s. Then throw promptly, remove nothing. */
  readonly signal: AbortSignal;
  /** Writes to the operators' log, with the action's id. Never pass a secret. */
  log(message: string, fields?: Readonly<Record<string, Json>>): void;
}

export interface ProvisionRequest<Handle extends Json = Json> extends DeprovisionRequest<Handle> {
  /** The deployment that asks now: calls of a shared key can differ in it. Unknown fields are null. */
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
 * The thing exists and can be used. The secrets become environment variables of the deployment and are stored
 * nowhere else. All secrets together, names and values, have at most 64 KB; so has the handle as JSON.
 */
export interface Ready<Handle extends Json = Json> {
  readonly status: 'ready';
  readonly handle: Handle;
  readonly secrets?: Readonly<Record<string, string>>;
  /** One line for the person who deploys. The same in each call: no time, no random id, no secret. */
  readonly message?: string;
}

/** The thing is not ready, or not gone, yet. Reports progress, stores a checkpoint, sets the next call. */
export interface Pending<Handle extends Json = Json> {
  readonly status: 'pending';
  /** Replaces the stored handle. Leave it out to keep the stored one. */
  readonly handle?: Handle;
  /** One line for the person who deploys. The same in each call: no time, no random id. */
  readonly message: string;
  /** Milliseconds until the next call: below 100 counts as 100, above 10 minutes as 10 minutes. */
  readonly retryAfterMs: number;
}

export interface Gone {
  readonly status: 'gone';
}

/**
 * A failure that a retry cannot repair: a quota is used up, a name is rejected, a setting is wrong. The
 * person who deploys reads it. For outages, time-outs, rate limits: throw another error or answer `pending`.
 */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
  /** Returns true for any PermanentError, also of another copy of this module (a plugin's own dependency). */
  static is(error: unknown): error is Error {
    return error instanceof Error && error.name === 'PermanentError';
  }
}
