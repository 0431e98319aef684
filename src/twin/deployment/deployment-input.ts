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
  /** Whether the build waits for the actions; true when left out. */
  required?: boolean;
}

/** What `POST /twin/deployments` takes. */
export interface DeploymentInput {
  project: string;
  /**
   * Git branch. Left out or null: no git at all. The literal `HEAD`: a command-line deployment of a detached
   * checkout.
   */
  gitRef?: string | null;
  gitSha?: string;
  pullRequest?: number;
  /** `preview` is what Vercel calls null. */
  target?: 'production' | 'staging' | 'preview' | null;
  /** A custom environment of the project; `target` is then left out. */
  customEnvironment?: CustomEnvironment;
  /** `vercel deploy --prebuilt`: no action is started, and no webhook sent. */
  prebuilt?: boolean;
  /**
   * Instead of the form that `gitRef` and `pullRequest` make, of a branch of the project's own repository on
   * GitHub: with it `meta` is shown exactly as it is given. Null: `meta` alone.
   */
  gitSource?: GitSource | null;
  connections?: TwinConnection[];
  /** Added to the deployment's `meta`; wins over what the git reference puts there. */
  meta?: Record<string, string>;
  /** How long the build takes once it is let go; 0 when left out. */
  buildMs?: number;
  /** Which of the two views of contract 3 the API shows; the twin's own setting when left out. */
  view?: 'owner' | 'reduced';
  /** Faults for this deployment alone, in force from its first webhook on. */
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

/** Throws a {@link TwinError} that names the key when `value` is not a {@link DeploymentInput}. */
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
      'deployment.faults can name neither seed nor deployment: they are for this deployment alone',
    );
  }
  if (input.customEnvironment !== undefined && target !== null)
    throw new Wrong('deployment.target must be left out beside customEnvironment');
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
    if (actions.length === 0) throw new Wrong(`deployment.connections[${index}].actions names no action`);
    for (const action of actions) {
      const key = JSON.stringify([installationId, resourceId, action]);
      if (seen.has(key)) throw new Wrong(`deployment.connections[${index}] repeats action ${action}`);
      seen.add(key);
    }
  });
}
