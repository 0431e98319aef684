/** The state of a project in the format of Neon's API: its field names, and times in whole seconds. */
import type { OperationState } from './operations.js';
import type { FakeProject } from './project.js';
import type { BranchState, DatabaseState, EndpointState, RoleState } from './state.js';

const REGION = 'us-east-2.aws.neon.tech';

export const time = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

export function branchOut(project: FakeProject, branch: BranchState): object {
  return {
    id: branch.id,
    project_id: project.id,
    ...(branch.parentId === null ? {} : { parent_id: branch.parentId, parent_lsn: '0/1DE2850' }),
    ...(branch.replaces === null
      ? {}
      : { restored_as: branch.replaces, restored_from: 'snap-1', restore_status: 'finalized' }),
    ...(branch.lastResetAt === null ? {} : { last_reset_at: time(branch.lastResetAt) }),
    name: branch.name,
    current_state: branch.state,
    ...(branch.state === 'init' ? { pending_state: 'ready' } : {}),
    state_changed_at: time(branch.updatedAt),
    creation_source: 'console',
    init_source: 'parent-data',
    default: branch.isDefault,
    primary: branch.isDefault,
    protected: branch.isProtected,
    cpu_used_sec: 0,
    active_time_seconds: 0,
    compute_time_seconds: 0,
    written_data_bytes: 0,
    data_transfer_bytes: 0,
    created_at: time(branch.createdAt),
    updated_at: time(branch.updatedAt),
  };
}

export function annotationOut(branch: BranchState): object {
  return {
    object: { type: 'console/branch', id: branch.id },
    value: branch.annotation,
    created_at: time(branch.createdAt),
    updated_at: time(branch.createdAt),
  };
}

export const hostOf = (endpoint: EndpointState, pooled = false): string =>
  `${endpoint.id}${pooled ? '-pooler' : ''}.${REGION}`;

export function endpointOut(project: FakeProject, branch: BranchState, endpoint: EndpointState): object {
  return {
    host: hostOf(endpoint),
    id: endpoint.id,
    project_id: project.id,
    branch_id: branch.id,
    autoscaling_limit_min_cu: endpoint.minCu,
    autoscaling_limit_max_cu: endpoint.maxCu,
    region_id: 'aws-us-east-2',
    type: endpoint.type,
    current_state: endpoint.state,
    ...(endpoint.pendingState === null ? {} : { pending_state: endpoint.pendingState }),
    settings: { pg_settings: {} },
    pooler_enabled: false,
    pooler_mode: 'transaction',
    disabled: endpoint.disabled,
    passwordless_access: true,
    creation_source: 'console',
    created_at: time(endpoint.createdAt),
    updated_at: time(endpoint.createdAt),
    proxy_host: REGION,
    suspend_timeout_seconds: endpoint.suspendTimeoutSeconds,
    provisioner: 'k8s-neonvm',
  };
}

export function operationOut(project: FakeProject, operation: OperationState): object {
  const status = statusOf(operation);
  return {
    id: operation.id,
    project_id: project.id,
    branch_id: operation.branchId,
    ...(operation.endpointId === null ? {} : { endpoint_id: operation.endpointId }),
    action: operation.action,
    status,
    failures_count: operation.fails ? 1 : 0,
    created_at: time(operation.createdAt),
    updated_at: time(operation.createdAt),
    total_duration_ms: status === 'finished' ? operation.endsAt - operation.createdAt : 0,
  };
}

function statusOf({ finished, startsAt, endsAt, fails }: OperationState): string {
  const now = Date.now();
  if (finished) return 'finished';
  if (now < startsAt) return 'scheduling';
  const halfway = startsAt + (endsAt - startsAt) / 2;
  return fails && now < halfway ? 'failed' : 'running';
}

/** A role without its password, as in lists. */
export function roleOut(branch: BranchState, role: RoleState): object {
  return {
    branch_id: branch.id,
    name: role.name,
    protected: false,
    authentication_method: 'password',
    created_at: time(branch.createdAt),
    updated_at: time(branch.createdAt),
  };
}

export function databaseOut(branch: BranchState, database: DatabaseState): object {
  return {
    id: database.id,
    branch_id: branch.id,
    name: database.name,
    owner_name: database.ownerName,
    created_at: time(database.createdAt),
    updated_at: time(database.createdAt),
  };
}

export function projectOut(project: FakeProject): object {
  return {
    id: project.id,
    platform_id: 'aws',
    region_id: 'aws-us-east-2',
    name: project.id,
    provisioner: 'k8s-neonvm',
    pg_version: 17,
    proxy_host: REGION,
    store_passwords: project.options.storePasswords ?? true,
    creation_source: 'console',
    created_at: time(project.createdAt),
    updated_at: time(project.createdAt),
  };
}
