import { Column } from 'typeorm';

/**
 * What Drawbridge knows of an action's deployment once Vercel was asked; null where Vercel does not say. A column that is added here is
 * written when the action begins, and is part of `ActionView`.
 */
export abstract class DeploymentColumns {
  /** Host name without scheme. */
  @Column('text', { name: 'deployment_url', nullable: true }) deploymentUrl!: string | null;
  @Column('text', { name: 'project_id', nullable: true }) projectId!: string | null;
  @Column('text', { name: 'project_name', nullable: true }) projectName!: string | null;
  /** `production`, `staging`; null for a preview. */
  @Column('text', { nullable: true }) target!: string | null;
  /** The environment's name: `production`, `preview`, or the slug of a custom one. Null in rows from before the column existed. */
  @Column('text', { nullable: true }) environment!: string | null;
  @Column('text', { name: 'git_ref', nullable: true }) gitRef!: string | null;
  @Column('text', { name: 'git_sha', nullable: true }) gitSha!: string | null;
  @Column('int', { name: 'pull_request', nullable: true }) pullRequest!: number | null;
}

/** The values of these columns. */
export type ActionDeployment = Pick<DeploymentColumns, keyof DeploymentColumns>;
