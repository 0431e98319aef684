import { z } from 'zod';
import { SCOPES } from '../../config/actions-file/action-definition.js';
import { ALLOCATION_STATES, type Allocation } from '../../action/entities/allocation.entity.js';
import { COUNT, named, pageOf, TEXT, TIME, UUID_TEXT } from '../../http/openapi/answers.js';

const holdings = {
  key: TEXT.describe('the name passed to the provisioner'),
  state: z.enum(ALLOCATION_STATES),
  generation: COUNT,
  handle: z.unknown().describe('the last handle returned by the provisioner'),
  holders: z.array(UUID_TEXT).describe('ids of the actions that hold it; the first 200'),
};

/** The allocation that an action holds, or held last. */
export const holdingsSchema = named('Holdings', z.object(holdings));
export type HoldingsAnswer = z.infer<typeof holdingsSchema>;

/** An allocation and its holders, without the seed that its secrets are derived from. */
export const allocationSchema = named(
  'Allocation',
  z.object({
    ...holdings,
    scope: TEXT.describe('`deployment` or `git-branch`'),
    installationId: TEXT.nullable(),
    resourceId: TEXT.nullable(),
    action: TEXT.nullable().describe('the action’s slug'),
    createdAt: TIME,
    updatedAt: TIME,
    closedAt: TIME.nullable(),
  }),
);
export type AllocationAnswer = z.infer<typeof allocationSchema>;
export const allocationPage = pageOf('AllocationPage', allocationSchema);

export function holdingsAnswer(allocation: Allocation, holders: string[]): HoldingsAnswer {
  const { key, state, generation, handle } = allocation;
  return { key, state, generation, handle, holders };
}

export function allocationAnswer(allocation: Allocation, holders: string[]): AllocationAnswer {
  const { identity, installationId, resourceId, action, createdAt, updatedAt, closedAt } = allocation;
  const scope = scopeOf(identity);
  return {
    ...holdingsAnswer(allocation, holders),
    scope,
    installationId,
    resourceId,
    action: scope === UNKNOWN ? null : action,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    closedAt: closedAt?.toISOString() ?? null,
  };
}

/** The scope of an identity that is not in the JSON form. */
const UNKNOWN = 'unknown';

/** The scope is the first part of an identity, a JSON list. */
const scopeOf = (identity: string): string =>
  SCOPES.find((scope) => identity.startsWith(`["${scope}",`)) ?? UNKNOWN;
