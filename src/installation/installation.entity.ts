import { Column, Entity, OneToOne, PrimaryColumn, VirtualColumn, type Relation } from 'typeorm';
import { DeploymentDoubt } from './deployment-doubt.entity.js';

/** A customer's installation of the integration (`icfg_…`). */
@Entity('installation')
export class Installation {
  @PrimaryColumn('text') id!: string;
  /** The access token for Vercel's API, sealed. Null without a token and after the removal. */
  @Column('bytea', { name: 'sealed_token', nullable: true, select: false }) sealedToken!: Buffer | null;
  @VirtualColumn('boolean', { query: (alias) => `${alias}.sealed_token IS NOT NULL` })
  hasAccessToken!: boolean;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
  @Column('timestamptz', { name: 'removed_at', nullable: true }) removedAt!: Date | null;
  @OneToOne(() => DeploymentDoubt, (doubt) => doubt.installation)
  doubt!: Relation<DeploymentDoubt> | null;
}
