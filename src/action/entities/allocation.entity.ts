import { Column, Entity, PrimaryColumn } from 'typeorm';

export const ALLOCATION_STATES = ['open', 'closing', 'closed'] as const;

/** What a provisioner made, and which actions may share it. A closed allocation is never opened again. */
@Entity('allocation')
export class Allocation {
  @PrimaryColumn('uuid') id!: string;
  /** The purpose, as a JSON list: scope, installation, resource, action, and deployment or git branch. */
  @Column('text') identity!: string;
  @Column('int') generation!: number;
  /** The slug of the actions that may share it. */
  @Column('text') action!: string;
  /** Null in rows from before the column existed. */
  @Column('text', { name: 'installation_id', nullable: true }) installationId!: string | null;
  @Column('text', { name: 'resource_id', nullable: true }) resourceId!: string | null;
  /** The name that provisioners get: `[a-z0-9-]{1,63}`. */
  @Column('text') key!: string;
  @Column({ type: 'text', enum: ALLOCATION_STATES }) state!: (typeof ALLOCATION_STATES)[number];
  /** The handle that the provisioner returned last. */
  @Column('jsonb', { nullable: true }) handle!: unknown;
  /** 32 random bytes from which secrets are derived, sealed. Erased when the allocation closes. */
  @Column('bytea', { name: 'sealed_seed', nullable: true, select: false }) sealedSeed!: Buffer | null;
  /** The resource's options when the allocation was opened. Both verbs obey them until it is closed. */
  @Column('jsonb') options!: Readonly<Record<string, unknown>>;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
  @Column('timestamptz', { name: 'closed_at', nullable: true }) closedAt!: Date | null;
}
