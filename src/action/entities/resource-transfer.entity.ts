import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One move of a resource from an installation to another, ordered by an admin. */
@Entity('resource_transfer')
export class ResourceTransfer {
  /** bigint, so a string. */
  @PrimaryColumn('bigint') id!: string;
  @Column('text', { name: 'resource_id' }) resourceId!: string;
  @Column('text') source!: string;
  @Column('text') target!: string;
  /** The installation that had the resource first: allocations stay identified by it. */
  @Column('text') origin!: string;
  @Column('text') actor!: `operator:${string}`;
  /** How many unfinished actions moved with the resource. */
  @Column('int') actions!: number;
  @Column('timestamptz') at!: Date;
}
