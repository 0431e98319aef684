import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Json } from '../provisioner/provisioner.js';

/** The provider's own product instance that a customer connected to projects; its id is the provider's. */
@Entity('resource')
export class Resource {
  @PrimaryColumn('text', { name: 'installation_id' }) installationId!: string;
  @PrimaryColumn('text') id!: string;
  @Column('text', { name: 'product_id' }) productId!: string;
  @Column('text') name!: string;
  /** Identifies its allocations in place of the installation, since it was transferred; never shown. */
  @Column('text', { nullable: true, select: false }) origin!: string | null;
  /** What plugins see as `resource.settings`. */
  @Column('jsonb') settings!: Record<string, Json>;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}
