import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Json } from '../provisioner/provisioner.js';

/** The provider's product instance that a customer connected to projects. Its id is the provider's. */
@Entity('resource')
export class Resource {
  @PrimaryColumn('text', { name: 'installation_id' }) installationId!: string;
  @PrimaryColumn('text') id!: string;
  @Column('text', { name: 'product_id' }) productId!: string;
  @Column('text') name!: string;
  /**
   * The first installation of a transferred resource, which identifies its allocations. Null: its own.
   * Never shown.
   */
  @Column('text', { nullable: true, select: false }) origin!: string | null;
  /** Plugins see them as `resource.settings`. */
  @Column('jsonb') settings!: Record<string, Json>;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}
