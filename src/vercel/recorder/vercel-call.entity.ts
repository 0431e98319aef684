import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * One call to Vercel's API that is over. Of its body only what Vercel was told in words; never a secret, a
 * header or a token.
 */
@Entity('vercel_call')
export class VercelCall {
  /** bigint, so a string. */
  @PrimaryColumn('bigint') id!: string;
  @Column('uuid', { name: 'action_id' }) actionId!: string;
  @Column('text', { name: 'installation_id' }) installationId!: string;
  @Column('text', { name: 'deployment_id' }) deploymentId!: string;
  @Column('text') operation!: string;
  @Column('text') method!: string;
  @Column('text') path!: string;
  /** Null when no status came. */
  @Column('int', { nullable: true }) status!: number | null;
  @Column('int', { name: 'duration_ms' }) durationMs!: number;
  /** 1 for the first try of a step, 2 for its first repeat. */
  @Column('int') attempt!: number;
  /** Vercel's error code, or what happened on the way; null when all went well. */
  @Column('text', { nullable: true }) code!: string | null;
  /** The status that was reported; null when it reported none. */
  @Column('text', { nullable: true }) told!: 'running' | 'succeeded' | 'failed' | null;
  /** The reported text, as shown to the user who deploys. */
  @Column('text', { nullable: true }) said!: string | null;
  /** When it was over. */
  @Column('timestamptz') at!: Date;
}
