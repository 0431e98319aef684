import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Vercel's answers about one deployment, over all sweeps. */
@Entity('deployment_check')
export class DeploymentCheck {
  @PrimaryColumn('text', { name: 'installation_id' }) installationId!: string;
  @PrimaryColumn('text', { name: 'deployment_id' }) deploymentId!: string;
  @Column('text', { name: 'project_id', nullable: true }) projectId!: string | null;
  @Column('timestamptz', { name: 'asked_at' }) askedAt!: Date;
  @Column('timestamptz', { name: 'found_at', nullable: true }) foundAt!: Date | null;
  /** Since when Vercel has not found the deployment; null when the last answer found it. */
  @Column('timestamptz', { name: 'gone_since', nullable: true }) goneSince!: Date | null;
  /** Number of consecutive answers that did not find it. */
  @Column('int', { name: 'gone_times' }) goneTimes!: number;
  @Column('timestamptz', { name: 'released_at', nullable: true }) releasedAt!: Date | null;
}
