/**
 * The provisioner contract: everything a plugin has to know. This file imports nothing of Drawbridge.
 *
 * A provisioner makes one thing per `key` in its backend (a database, a branch, a namespace) and removes it
 * later. It has two verbs. Both are idempotent, and neither waits for the backend: a verb answers `pending`
 * instead. State that must survive between calls belongs in `handle`, never in memory: each call may run in
 * another process. The conformance kit (`drawbridge/provisioner/testing`) checks each rule of this file.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The default export of a builtin module or of an npm package. */
export interface ProvisionerPlugin<Config = unknown, Handle extends Json = Json> {
  readonly apiVersion: 1;
  /** Lower-case letters, digits and dashes, beginning with a letter. Prefixes the plugin's messages. */
  readonly name: string;
  /**
   * A Standard Schema (zod, valibot and others make one). Validates and types the `config` of an action in
   * actions.yaml. Validates synchronously, rejects unknown keys, and gives each issue the path or the name
   * of its key.
   */
  readonly configSchema: StandardSchemaV1<unknown, Config>;
  /**
   * Set it when the plugin replaces `${…}` in texts of its configuration and reads `$${` as a literal `${`.
   * The provisioner `sequence` then escapes the values that it puts into these texts.
   */
  readonly templates?: true;
  /**
   * Returns one issue for each option in `chosen` that a resource may not choose; an empty list accepts all
   * of them. `configured` is the validated configuration of actions.yaml. The path of an issue begins with
   * the option's key. The person who deploys reads the messages.
   */
  optionIssues?(configured: Config, chosen: Record<string, unknown>): readonly StandardSchemaV1.Issue[];
  /** Makes the provisioner of one distinct configuration. Opens no connection: the verbs do that. */
  create(config: Config): Provisioner<Handle>;
}

export interface Provisioner<Handle extends Json = Json> {
  /**
   * Makes the thing named by `request.key`, or finds it. Drawbridge calls this verb again after `pending`
   * and after a crash, and two processes may call it at once. All calls end with one thing and the same
   * secrets.
   *
   * Throw a `PermanentError` when a retry cannot help. Drawbridge retries after any other error, until the
   * deadline.
   */
  provision(request: ProvisionRequest<Handle>): Promise<Ready<Handle> | Pending<Handle>>;
  /**
   * Removes the thing named by `request.key`: without a handle, half-made or in use, too. Answers `gone`
   * when the thing does not exist; that is no error. Drawbridge calls this verb until it answers `gone`.
   */
  deprovision(request: DeprovisionRequest<Handle>): Promise<Gone | Pending<Handle>>;
  /**
   * Throws when provisioning cannot work: the backend is unreachable, or credentials or permissions are
   * wrong. Returns warnings for operators about what works and should change: one sentence each, without
   * secrets.
   */
  check?(signal: AbortSignal): Promise<void | { readonly warnings?: readonly string[] }>;
  /**
   * Returns the keys of all things that exist in the backend, from all of its pages. Audits compare them
   * with the record.
   */
  list?(signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Closes everything that `create` and the verbs keep open. Called once, when the instance is no longer
   * used.
   */
  close?(): Promise<void>;
}

export interface DeprovisionRequest<Handle extends Json = Json> {
  /**
   * Names the thing: `[a-z0-9-]{1,63}`. The same in every call for the thing; never used again after `gone`.
   */
  readonly key: string;
  /**
   * The handle of the last answer that Drawbridge stored for this key; null when it stored none. A crash or
   * a faster caller can keep an answer from being stored: the handle is then null or that of an earlier
   * answer.
   */
  readonly handle: Handle | null;
  /** The provider's own resource (product instance), with the settings that its owner chose. */
  readonly resource: { readonly id: string; readonly settings: Readonly<Record<string, Json>> };
  readonly installationId: string;
  /**
   * Returns 32 bytes to make passwords from. The bytes are the same in every call for this key and label,
   * and Drawbridge never stores them. Different keys and labels give unrelated bytes.
   */
  derive(label: string): Uint8Array;
  /**
   * Aborts on cancel, at the deadline, at shutdown and after 30 s. Throw promptly then, and remove nothing.
   */
  readonly signal: AbortSignal;
  /** Writes to the operators' log, with the action's id. Never pass a secret. */
  log(message: string, fields?: Readonly<Record<string, Json>>): void;
}

export interface ProvisionRequest<Handle extends Json = Json> extends DeprovisionRequest<Handle> {
  /**
   * The deployment that requests the thing now. Deployments of one branch can share a key, so `deployment`
   * can differ between calls for one key. Every field except `id` is null when Vercel does not give it.
   */
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
 * The thing exists and can be used. The secrets become environment variables of the deployment; Drawbridge
 * stores them nowhere else. All secrets together, names and values, have at most 64 KB; so has the handle as
 * JSON.
 */
export interface Ready<Handle extends Json = Json> {
  readonly status: 'ready';
  readonly handle: Handle;
  readonly secrets?: Readonly<Record<string, string>>;
  /** One line for the person who deploys. The same in each call: no time, no random id, no secret. */
  readonly message?: string;
}

/**
 * The thing is not ready, or not gone, yet. Reports progress, stores a checkpoint and asks for the next
 * call.
 */
export interface Pending<Handle extends Json = Json> {
  readonly status: 'pending';
  /** Replaces the stored handle. Leave it out to keep the stored one. */
  readonly handle?: Handle;
  /**
   * One line for the person who deploys; becomes the action's status text. The same in each call: no time,
   * no random id.
   */
  readonly message: string;
  /**
   * Milliseconds until the next call. Values below 100 count as 100, values above 10 minutes as 10 minutes.
   */
  readonly retryAfterMs: number;
}

/** The thing does not exist (any more). */
export interface Gone {
  readonly status: 'gone';
}

/**
 * A failure that a retry cannot repair: a quota is used up, a name is rejected, a setting is wrong. The
 * operators' log, because the person who deploys reads the message. For outages, timeouts, rate limits and
 * everything else that may pass,
 * throw any other error or answer `pending`.
 */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
  /**
   * Returns true for any PermanentError, also of another copy of this module (a plugin's own dependency).
   */
  static is(error: unknown): error is Error {
    return error instanceof Error && error.name === 'PermanentError';
  }
}
