import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * One finished call to Vercel's API. Stores of a body only the reported status and text; never a secret, a
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
  /** Null when the answer had no status. */
  @Column('int', { nullable: true }) status!: number | null;
  @Column('int', { name: 'duration_ms' }) durationMs!: number;
  /** 1 for the first try of a step, 2 for its first repeat. */
  @Column('int') attempt!: number;
  /** Vercel's error code, or a transport error; null after success. */
  @Column('text', { nullable: true }) code!: string | null;
  /** The reported status; null for a call that is not a report. */
  @Column('text', { nullable: true }) told!: 'running' | 'succeeded' | 'failed' | null;
  /** The reported text, as shown to the person who deploys. */
  @Column('text', { nullable: true }) said!: string | null;
  /** The end of the call. */
  @Column('timestamptz') at!: Date;
}
