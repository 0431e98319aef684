import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a purge deletes: deliveries, or finished actions with their transitions and calls to Vercel. */
export const PURGE_SUBJECTS = ['deliveries', 'actions'] as const;
export type PurgeSubject = (typeof PURGE_SUBJECTS)[number];

/** One purge that deleted something: its counts. The database refuses to lower or delete them. */
@Entity('retention_run')
export class PurgeRun {
  /** bigint, so a string; the counts too. */
  @PrimaryColumn('bigint') id!: string;
  @Column({ type: 'text', enum: PURGE_SUBJECTS }) subject!: PurgeSubject;
  /** Rows younger than this stayed. */
  @Column('timestamptz') until!: Date;
  @Column('bigint') deliveries!: string;
  @Column('bigint') actions!: string;
  @Column('bigint') transitions!: string;
  @Column('bigint') calls!: string;
  @Column('timestamptz', { name: 'started_at' }) startedAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}
