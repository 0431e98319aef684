import type { InstallationScope } from '../../access/scope/installation-scope.js';
import { Resource } from '../../installation/resource.entity.js';
import type { ScopedInstallationId } from '../../installation/scoped-installation-id.js';

/** A resource as lists show it: settings are large, and for admins. */
export type ListedResource = Omit<Resource, 'settings'>;

const LISTED = [
  'installationId',
  'id',
  'productId',
  'name',
  'createdAt',
  'updatedAt',
] as const satisfies (keyof ListedResource)[];

/** The resources of the installation after the id `after`, in the order of their ids. */
export function listResources(
  scope: InstallationScope,
  installationId: ScopedInstallationId,
  after: string,
  limit: number,
): Promise<ListedResource[]> {
  return scope
    .select(Resource, 'resource')
    .select(LISTED.map((property) => `resource.${property}`))
    .andWhere('resource.installationId = :installationId AND resource.id > :after', { installationId, after })
    .orderBy('resource.id')
    .limit(limit)
    .getMany();
}
