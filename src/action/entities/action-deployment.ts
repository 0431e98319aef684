import { Column } from 'typeorm';
import { propertiesOf } from '../../database/columns.js';

/**
 * What Vercel says of an action's deployment, read when the action begins. Null where Vercel does not say.
 * docs/architecture.md ("A column that plugins see") names the places of a new column.
 */
export abstract class DeploymentColumns {
  /** Host name without scheme. */
  @Column('text', { name: 'deployment_url', nullable: true }) deploymentUrl!: string | null;
  @Column('text', { name: 'project_id', nullable: true }) projectId!: string | null;
  @Column('text', { name: 'project_name', nullable: true }) projectName!: string | null;
  /** `production`, `staging`; null for a preview. */
  @Column('text', { nullable: true }) target!: string | null;
  /** `production`, `preview`, or the slug of a custom environment. Null in rows older than the column. */
  @Column('text', { nullable: true }) environment!: string | null;
  @Column('text', { name: 'git_ref', nullable: true }) gitRef!: string | null;
  @Column('text', { name: 'git_sha', nullable: true }) gitSha!: string | null;
  @Column('int', { name: 'pull_request', nullable: true }) pullRequest!: number | null;
}

/** The values of these columns. */
export type ActionDeployment = Pick<DeploymentColumns, keyof DeploymentColumns>;

export const DEPLOYMENT_PROPERTIES = propertiesOf(DeploymentColumns) as readonly (keyof ActionDeployment)[];
