/** What is read of a branch of Neon's, with the marks that Drawbridge put on it. */
import type { AnnotationData, Branch as ApiBranch } from '@neondatabase/api-client';

/** The annotation that holds the key; a branch without it is not ours and is never touched. */
export const KEY_ANNOTATION = 'drawbridge-key';
/** The annotation that holds the name which the branch was made with. */
export const NAME_ANNOTATION = 'drawbridge-name';

export interface NeonBranch {
  readonly id: string;
  readonly name: string;
  /** Of the allocation that it was made for; null: not made here. */
  readonly key: string | null;
  /** The name that it was made with; null also for branches that were made before this was noted. */
  readonly givenName: string | null;
  readonly parentId: string | null;
  /** The branch whose place it took when it was restored from a snapshot. */
  readonly replaces: string | null;
  /** Neon's: `init`, `resetting`, `ready` or `archived`. */
  readonly state: string;
  readonly isDefault: boolean;
  readonly isProtected: boolean;
  readonly createdAt: string;
}

export function toBranch(branch: ApiBranch, annotation: AnnotationData | undefined): NeonBranch {
  return {
    id: branch.id,
    name: branch.name,
    key: annotation?.value[KEY_ANNOTATION] ?? null,
    givenName: annotation?.value[NAME_ANNOTATION] ?? null,
    parentId: branch.parent_id ?? null,
    replaces: branch.restored_as ?? null,
    state: branch.current_state,
    isDefault: branch.default,
    isProtected: branch.protected,
    createdAt: branch.created_at,
  };
}
