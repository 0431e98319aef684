import {
  array,
  boolean,
  check,
  integer,
  object,
  oneOf,
  optional,
  orNull,
  required,
  strings,
  text,
  Wrong,
} from '../api/check.js';
import { customEnvironment, gitSource, type CustomEnvironment, type GitSource } from './deployment-git.js';
import { readFaults, type Faults } from '../faults.js';
import { TwinError } from '../twin-error.js';

/** A resource that the project is connected to, and the actions that run on it (contract 4.4). */
export interface TwinConnection {
  installationId: string;
  resourceId: string;
  actions: string[];
  /** Whether the build waits for the actions. Default: true. */
  required?: boolean;
}

/** The body of `POST /twin/deployments`. */
export interface DeploymentInput {
  project: string;
  /** Git branch. Null or missing: no git. `HEAD`: a command-line deployment of a detached checkout. */
  gitRef?: string | null;
  gitSha?: string;
  pullRequest?: number;
  /** `preview` is null in Vercel's API. */
  target?: 'production' | 'staging' | 'preview' | null;
  /** A custom environment of the project; excludes `target`. */
  customEnvironment?: CustomEnvironment;
  /** `vercel deploy --prebuilt`: starts no action and sends no webhook. */
  prebuilt?: boolean;
  /**
   * Replaces the default form, a branch of the project's own repository on GitHub. The API then shows `meta`
   * unchanged. Null: `meta` only.
   */
  gitSource?: GitSource | null;
  connections?: TwinConnection[];
  /** Added to the deployment's `meta`; overrides the values of the git reference. */
  meta?: Record<string, string>;
  /** Duration of the build in milliseconds. Default: 0. */
  buildMs?: number;
  /** The view of contract 3 that the API shows. Default: the twin's setting. */
  view?: 'owner' | 'reduced';
  /** Faults for this deployment only, from its first webhook on. */
  faults?: Faults | Faults[];
}

export interface NewDeployment {
  project: string;
  gitRef: string | null;
  gitSha?: string;
  pullRequest?: number;
  target: 'production' | 'staging' | null;
  customEnvironment?: CustomEnvironment;
  prebuilt: boolean;
  gitSource?: GitSource | null;
  connections: Required<TwinConnection>[];
  meta: Record<string, string>;
  buildMs: number;
  view?: 'owner' | 'reduced';
  faults: Faults[];
}

const MAX_BUILD_MS = 3_600_000;

const reader = object({
  project: required(text),
  gitRef: optional(orNull(text)),
  gitSha: optional(text),
  pullRequest: optional(integer(1, Number.MAX_SAFE_INTEGER)),
  target: optional(orNull(oneOf('production', 'staging', 'preview'))),
  customEnvironment: optional(customEnvironment),
  prebuilt: optional(boolean),
  gitSource: optional(orNull(gitSource)),
  connections: optional(
    array(
      object({
        installationId: required(text),
        resourceId: required(text),
        actions: required(array(text)),
        required: optional(boolean),
      }),
    ),
  ),
  meta: optional(strings),
  buildMs: optional(integer(0, MAX_BUILD_MS)),
  view: optional(oneOf('owner', 'reduced')),
  faults: optional(readFaults),
});

/** @throws TwinError that names the key when `value` is not a {@link DeploymentInput} */
export function readDeployment(value: unknown): NewDeployment {
  const read = check((body, path) => withDefaults(reader(body, path)), value, 'deployment');
  if (!read.ok) throw new TwinError('bad_request', `twin: ${read.message}`);
  return read.value;
}

function withDefaults(input: ReturnType<typeof reader>): NewDeployment {
  const {
    gitRef = null,
    target = null,
    meta = {},
    buildMs = 0,
    faults = [],
    prebuilt = false,
    ...rest
  } = input;
  const connections = (input.connections ?? []).map((of) => ({ ...of, required: of.required ?? true }));
  refuseRepeats(connections);
  if (faults.some((set) => set.seed !== undefined || set.deployment !== undefined)) {
    throw new Wrong(
      'deployment.faults must not contain seed or deployment: they apply to this deployment only',
    );
  }
  if (input.customEnvironment !== undefined && target !== null)
    throw new Wrong('deployment.target must be omitted when customEnvironment is given');
  return {
    ...rest,
    prebuilt,
    gitRef,
    target: target === 'preview' ? null : target,
    meta,
    buildMs,
    faults,
    connections,
  };
}

function refuseRepeats(connections: TwinConnection[]): void {
  const seen = new Set<string>();
  connections.forEach(({ installationId, resourceId, actions }, index) => {
    if (actions.length === 0) throw new Wrong(`deployment.connections[${index}].actions must not be empty`);
    for (const action of actions) {
      const key = JSON.stringify([installationId, resourceId, action]);
      if (seen.has(key)) throw new Wrong(`deployment.connections[${index}] repeats action ${action}`);
      seen.add(key);
    }
  });
}
