import { Column, Entity, PrimaryColumn } from 'typeorm';

export const ALLOCATION_STATES = ['open', 'closing', 'closed'] as const;

/** What a provisioner made, and who may ask for it. A closed allocation is never opened again. */
@Entity('allocation')
export class Allocation {
  @PrimaryColumn('uuid') id!: string;
  /** What it is for, as a JSON list: scope, installation, resource, action, and deployment or git branch. */
  @Column('text') identity!: string;
  @Column('int') generation!: number;
  /** Null for those of before these were kept. */
  @Column('text', { name: 'installation_id', nullable: true }) installationId!: string | null;
  @Column('text', { name: 'resource_id', nullable: true }) resourceId!: string | null;
  /** The name that provisioners get: `[a-z0-9-]{1,63}`. */
  @Column('text') key!: string;
  @Column('text') state!: (typeof ALLOCATION_STATES)[number];
  /** What the provisioner returned last. */
  @Column('jsonb', { nullable: true }) handle!: unknown;
  /** Random bytes from which secrets are derived; encrypted, erased when it closes. */
  @Column('bytea', { name: 'sealed_seed', nullable: true, select: false }) sealedSeed!: Buffer | null;
  /** Of the plugin's configuration: what the resource chose when it was opened. Both verbs go by them until it is closed. */
  @Column('jsonb') options!: Record<string, unknown>;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
  @Column('timestamptz', { name: 'closed_at', nullable: true }) closedAt!: Date | null;
}
