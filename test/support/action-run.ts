import { DEPLOYMENT_PROPERTIES, type ActionDeployment } from '../../src/action/entities/action-deployment.js';
import type { ActionView } from '../../src/action/claims/action-view.js';
import type { ActionDefinition } from '../../src/config/actions-file/action-definition.js';
import type { InstallationAccess } from '../../src/installation/installation-access.js';
import { PermanentError, type Provisioner } from '../../src/provisioner/provisioner.js';
import type { WorkingState } from '../../src/state-machine/action-state.js';
import { readDeployment, type VercelDeployment } from '../../src/vercel/deployment/deployment-reader.js';
import { SYSTEM_CLOCK } from '../../src/worker/ports/clock.js';
import { startMemory, type RunMemory } from '../../src/worker/values/run-memory.js';
import { Signals } from '../../src/worker/values/signals.js';
import type { RunState, StepInput } from '../../src/worker/values/step-input.js';
import type { StepPorts } from '../../src/worker/ports/step-ports.js';

/** Complete values for tests of the run of one action. A test replaces only the fields that it is about. */

/** Of a deployment that the token may not read. */
export const NO_DEPLOYMENT = Object.fromEntries(
  DEPLOYMENT_PROPERTIES.map((name) => [name, null]),
) as unknown as ActionDeployment;

export const ALLOCATION: NonNullable<ActionView['allocation']> = {
  id: '019b0000-0000-7000-8000-00000000000a',
  identity: '["branch"]',
  key: 'shop-1',
  handle: null,
  sealedSeed: null,
  options: {},
};

export function viewOf(over: Partial<ActionView> = {}): ActionView {
  return {
    id: '019b0000-0000-7000-8000-000000000001',
    attempt: 1,
    state: 'queued',
    outcome: null,
    reason: null,
    failureText: null,
    progressText: null,
    failureReport: null,
    installationId: 'icfg_1',
    deploymentId: 'dpl_1',
    resourceId: 'res_1',
    action: 'branch',
    hold: null,
    deadlineMs: 100_000,
    strayMs: 0,
    ...NO_DEPLOYMENT,
    traceparent: null,
    allocation: null,
    ...over,
  };
}

/** A view that holds `ALLOCATION`. */
export const holding = (over: Partial<ActionView> = {}): ActionView =>
  viewOf({ hold: 'holds', allocation: ALLOCATION, ...over });

export const ACCESS: InstallationAccess = {
  token: 'token',
  removed: false,
  resource: { id: 'res_1', origin: 'icfg_1', settings: {}, name: 'shop', productId: 'iap_1' },
};

export const memoryOf = (over: Partial<RunMemory> = {}): RunMemory => ({
  ...startMemory(viewOf(), { tries: 0, reportUnknown: false }, SYSTEM_CLOCK.now()),
  ...over,
});

export function runStateOf(
  view: ActionView,
  memory: Partial<RunMemory> = {},
  access: Partial<InstallationAccess> = {},
): RunState {
  const now = SYSTEM_CLOCK.now();
  return {
    view,
    claim: { id: view.id, token: view.attempt, confirmedAt: now },
    access: { ...ACCESS, ...access },
    memory: { ...startMemory(view, { tries: 0, reportUnknown: false }, now), ...memory },
  };
}

/** The input of the step of `state`, with that state in the view. */
export function stepInputOf<S extends WorkingState>(
  state: S,
  view: Partial<ActionView> = {},
  memory: Partial<RunMemory> = {},
  access: Partial<InstallationAccess> = {},
): StepInput<S> & { readonly signals: Signals } {
  const whole = { ...viewOf(view), state };
  return { ...runStateOf(whole, memory, access), view: whole, signals: new Signals() };
}

export const definitionOf = (over: Partial<ActionDefinition> = {}): ActionDefinition => ({
  slug: 'branch',
  name: 'Branch the database',
  provisioner: 'acme-db',
  scope: 'deployment',
  forks: 'own',
  environments: null,
  elsewhere: 'fail',
  deadlineMs: 170_000,
  retainMs: null,
  retainProduction: false,
  retainFailedMs: null,
  suggest: [],
  config: {},
  options: [],
  ...over,
});

export const foundOf = (over: Partial<VercelDeployment> = {}): VercelDeployment => ({
  ...(readDeployment({}, 'dpl_1') as VercelDeployment),
  url: 'shop.vercel.app',
  projectId: 'prj_1',
  projectName: 'shop',
  gitRef: 'main',
  gitSha: 'c0ffee',
  readyState: 'QUEUED',
  integrationsStatus: 'pending',
  environment: { key: 'preview', name: 'preview' },
  origin: 'own',
  ...over,
});

/** Ports for a step. A test replaces the ports that its step uses; the others throw. */
export function stepPortsOf(
  over: Partial<StepPorts> & { provisioner?: Partial<Provisioner> } = {},
): StepPorts {
  const { provisioner: verbs, ...ports } = over;
  const unexpected = async (): Promise<never> => Promise.reject(new PermanentError('not expected here'));
  const provisioner = { provision: unexpected, deprovision: unexpected, ...verbs };
  const made = () => ({ ok: true, provisioner, plugin: 'acme-db', options: {} }) as const;
  return {
    gateway: { getDeployment: unexpected, updateAction: unexpected },
    provisioners: { for: made, madeWith: made },
    actions: new Map([['branch', definitionOf()]]),
    statusUrl: () => null,
    clock: SYSTEM_CLOCK,
    derive: () => new Uint8Array(32),
    backoff: () => 1,
    ...ports,
  };
}
