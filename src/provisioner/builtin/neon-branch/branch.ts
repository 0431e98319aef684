/** A Neon branch as far as this plugin reads it, with Drawbridge's annotations. */
import type { AnnotationData, Branch as ApiBranch } from '@neondatabase/api-client';

/** The annotation with the key. A branch without it was not made by Drawbridge and is never changed. */
export const KEY_ANNOTATION = 'drawbridge-key';
/** The annotation with the name that the branch was created with. */
export const NAME_ANNOTATION = 'drawbridge-name';

export interface NeonBranch {
  readonly id: string;
  readonly name: string;
  /** The key that the branch was created for; null for a branch of others. */
  readonly key: string | null;
  /**
   * The name that the branch was created with; null also for branches of older versions, which did not store
   * it.
   */
  readonly givenName: string | null;
  readonly parentId: string | null;
  /** The id of the branch that it replaced when it was restored from a snapshot. */
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
