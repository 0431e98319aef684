import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A customer's installation of the integration (`icfg_…`). */
@Entity('installation')
export class Installation {
  @PrimaryColumn('text') id!: string;
  /** The access token for Vercel's API, sealed; null when none was put or the installation was removed. */
  @Column('bytea', { name: 'sealed_token', nullable: true, select: false }) sealedToken!: Buffer | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
  @Column('timestamptz', { name: 'removed_at', nullable: true }) removedAt!: Date | null;
}
