import { z } from 'zod';
import { ALLOCATION_STATES, type Allocation } from '../../action/entities/allocation.entity.js';
import { COUNT, named, pageOf, TEXT, TIME, UUID_TEXT } from '../../http/openapi/answers.js';

const holdings = {
  key: TEXT.describe('the name that the provisioner got'),
  state: z.enum(ALLOCATION_STATES),
  generation: COUNT,
  handle: z.unknown().describe('what the provisioner returned last'),
  holders: z.array(UUID_TEXT).describe('ids of the actions that hold it now; the first 200'),
};

/** What an action holds, or held last. */
export const holdingsSchema = named('Holdings', z.object(holdings));
export type HoldingsAnswer = z.infer<typeof holdingsSchema>;

/** What a provisioner made, and who holds it. Never the seed from which its secrets are derived. */
export const allocationSchema = named(
  'Allocation',
  z.object({
    ...holdings,
    scope: TEXT.describe('`deployment` or `git-branch`'),
    installationId: TEXT.nullable(),
    resourceId: TEXT.nullable(),
    action: TEXT.nullable().describe('the slug'),
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
  const { identity, installationId, resourceId, createdAt, updatedAt, closedAt } = allocation;
  const { scope, action } = partsOf(identity);
  return {
    ...holdingsAnswer(allocation, holders),
    scope,
    installationId,
    resourceId,
    action,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    closedAt: closedAt?.toISOString() ?? null,
  };
}

const identitySchema = z.tuple([z.string(), z.string(), z.string(), z.string()], z.unknown());

/** The identity is a JSON list of ours: scope, installation, resource, action, and what else it shares. */
function partsOf(identity: string): { scope: string; action: string | null } {
  try {
    const [scope, , , action] = identitySchema.parse(JSON.parse(identity));
    return { scope, action };
  } catch {
    // Of an older form: what it is for stands in its actions.
    return { scope: 'unknown', action: null };
  }
}
