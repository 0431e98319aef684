import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One event of Vercel's, as it was received. The same event id again only counts `times` up. */
@Entity('delivery')
export class Delivery {
  @PrimaryColumn('uuid') id!: string;
  @Column('text', { name: 'event_id' }) eventId!: string;
  @Column('text') type!: string;
  /** `ignored`: kept, but nothing in Drawbridge acts on this type. */
  @Column('text') result!: 'recorded' | 'ignored';
  @Column('text', { name: 'installation_id', nullable: true }) installationId!: string | null;
  @Column('text', { name: 'deployment_id', nullable: true }) deploymentId!: string | null;
  @Column('text', { name: 'resource_id', nullable: true }) resourceId!: string | null;
  @Column('text', { nullable: true }) action!: string | null;
  /** The raw body that was signed. */
  @Column('text') body!: string;
  @Column('int') times!: number;
  /** `operator:<name>` where an operator had the event run again. */
  @Column('text') actor!: 'vercel' | `operator:${string}`;
  /** Why it was replayed. */
  @Column('text', { nullable: true }) reason!: string | null;
  /** The delivery that this one repeats. */
  @Column('uuid', { name: 'replay_of', nullable: true }) replayOf!: string | null;
  @Column('timestamptz', { name: 'event_created_at' }) eventCreatedAt!: Date;
  @Column('timestamptz', { name: 'received_at' }) receivedAt!: Date;
  @Column('timestamptz', { name: 'last_received_at' }) lastReceivedAt!: Date;
}
