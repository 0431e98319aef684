import type { InstallationScope } from '../../access/scope/installation-scope.js';
import { Installation } from '../../installation/installation.entity.js';

/** The installations after the id `after` that the operator may see, in the order of their ids. */
export function listInstallations(
  scope: InstallationScope,
  after: string,
  limit: number,
): Promise<Installation[]> {
  return scope
    .select(Installation, 'installation')
    .leftJoinAndSelect('installation.doubt', 'doubt')
    .andWhere('installation.id > :after', { after })
    .orderBy('installation.id')
    .limit(limit)
    .getMany();
}
