import { type Operation, OperationAction, OperationStatus } from '@neondatabase/api-client';

const ACTION_TEXTS: Partial<Record<OperationAction, string>> = {
  [OperationAction.CreateBranch]: 'creating the branch',
  [OperationAction.CreateTimeline]: 'creating the branch',
  [OperationAction.CreateCompute]: 'creating the compute',
  [OperationAction.StartCompute]: 'starting the compute',
  [OperationAction.StartReservedCompute]: 'starting the compute',
  [OperationAction.SuspendCompute]: 'suspending the compute',
  [OperationAction.ApplyConfig]: 'applying the configuration',
  [OperationAction.CheckAvailability]: 'checking the availability of the compute',
  [OperationAction.DeleteTimeline]: 'deleting the branch',
  [OperationAction.TimelineUnarchive]: 'unarchiving the branch',
};

/** A failed operation is still running: Neon tries it again. */
const RUNNING: readonly OperationStatus[] = [
  OperationStatus.Scheduling,
  OperationStatus.Running,
  OperationStatus.Cancelling,
  OperationStatus.Failed,
];

export const isRunning = ({ status }: Operation): boolean => RUNNING.includes(status);

/** Returns what Neon is doing as a sentence; null when no operation is running. */
export function describeOperations(operations: readonly Operation[]): string | null {
  const [first] = operations.filter(isRunning);
  if (first === undefined) return null;
  const doing = ACTION_TEXTS[first.action] ?? `working ("${first.action.replaceAll('_', ' ')}")`;
  if (first.status === OperationStatus.Failed) return `Neon failed ${doing} and tries again`;
  return `Neon is ${doing}`;
}
