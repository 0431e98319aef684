import { Column, Entity, PrimaryColumn } from 'typeorm';

/** `ignored`: Drawbridge stores the event, and nothing acts on its type. */
export const DELIVERY_RESULTS = ['recorded', 'ignored'] as const;

/** One event from Vercel, as it was received. A repeat of the same event id only counts `times` up. */
@Entity('delivery')
export class Delivery {
  @PrimaryColumn('uuid') id!: string;
  @Column('text', { name: 'event_id' }) eventId!: string;
  @Column('text') type!: string;
  @Column({ type: 'text', enum: DELIVERY_RESULTS }) result!: (typeof DELIVERY_RESULTS)[number];
  @Column('text', { name: 'installation_id', nullable: true }) installationId!: string | null;
  @Column('text', { name: 'deployment_id', nullable: true }) deploymentId!: string | null;
  @Column('text', { name: 'resource_id', nullable: true }) resourceId!: string | null;
  @Column('text', { nullable: true }) action!: string | null;
  /** The raw body that was signed. */
  @Column('text') body!: string;
  @Column('int') times!: number;
  /** `operator:<name>` for an operator who replayed the event. */
  @Column('text') actor!: 'vercel' | `operator:${string}`;
  /** Why the event was replayed. */
  @Column('text', { nullable: true }) reason!: string | null;
  /** The delivery that this one repeats. */
  @Column('uuid', { name: 'replay_of', nullable: true }) replayOf!: string | null;
  @Column('timestamptz', { name: 'event_created_at' }) eventCreatedAt!: Date;
  @Column('timestamptz', { name: 'received_at' }) receivedAt!: Date;
  @Column('timestamptz', { name: 'last_received_at' }) lastReceivedAt!: Date;
}
