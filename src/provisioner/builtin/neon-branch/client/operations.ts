import { type Operation, OperationAction, OperationStatus } from '@neondatabase/api-client';

const WORDS: Partial<Record<OperationAction, string>> = {
  [OperationAction.CreateBranch]: 'creating the branch',
  [OperationAction.CreateTimeline]: 'creating the branch',
  [OperationAction.CreateCompute]: 'creating the compute',
  [OperationAction.StartCompute]: 'starting the compute',
  [OperationAction.StartReservedCompute]: 'starting the compute',
  [OperationAction.SuspendCompute]: 'suspending the compute',
  [OperationAction.ApplyConfig]: 'applying the configuration',
  [OperationAction.CheckAvailability]: 'checking that the compute can be reached',
  [OperationAction.DeleteTimeline]: 'deleting the branch',
  [OperationAction.TimelineUnarchive]: 'taking the branch out of the archive',
};

/** A failed one is not at its end: Neon tries it again. */
const GOING_ON: readonly OperationStatus[] = [
  OperationStatus.Scheduling,
  OperationStatus.Running,
  OperationStatus.Cancelling,
  OperationStatus.Failed,
];

export const goesOn = ({ status }: Operation): boolean => GOING_ON.includes(status);

/** What Neon is doing, in words; null when it is doing nothing of these. */
export function inWords(operations: readonly Operation[]): string | null {
  const [first] = operations.filter(goesOn);
  if (first === undefined) return null;
  const doing = WORDS[first.action] ?? `at work ("${first.action.replaceAll('_', ' ')}")`;
  if (first.status === OperationStatus.Failed) return `Neon failed at ${doing} and tries again`;
  return `Neon is ${doing}`;
}
