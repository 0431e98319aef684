import { Column, Entity, JoinColumn, OneToOne, PrimaryColumn, type Relation } from 'typeorm';
import { DOUBT_REASONS, type DoubtReason } from '../state-machine/doubt-reasons.js';
import type { Installation } from './installation.entity.js';

/** An installation whose answers about missing deployments are not believed: they release nothing. */
@Entity('deployment_doubt')
export class DeploymentDoubt {
  @PrimaryColumn('text', { name: 'installation_id' }) installationId!: string;
  // Named by a text: an import would close a cycle.
  @OneToOne('Installation', 'doubt')
  @JoinColumn({ name: 'installation_id' })
  installation!: Relation<Installation>;
  @Column({ type: 'text', enum: DOUBT_REASONS }) reason!: DoubtReason;
  /** Deployments that Vercel did not find, when the sweeper judged last. */
  @Column('int') gone!: number;
  /** Deployments that Vercel found, when the sweeper judged last. */
  @Column('int') found!: number;
  @Column('timestamptz') since!: Date;
  /** When the evidence of the last judgement was read; `-infinity` before the first. */
  @Column('timestamptz', { name: 'judged_at' }) judgedAt!: Date | number;
  /** When Vercel was asked about the installation last; null: the next sweep asks. */
  @Column('timestamptz', { name: 'asked_at', nullable: true }) askedAt!: Date | null;
  /** Set together, by the operator who confirms that the deployments are gone. */
  @Column('timestamptz', { name: 'confirmed_at', nullable: true }) confirmedAt!: Date | null;
  @Column('text', { name: 'confirmed_by', nullable: true }) confirmedBy!: `operator:${string}` | null;
  @Column('text', { nullable: true }) confirmation!: string | null;
}
