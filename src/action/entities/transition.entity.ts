import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Event, From, State } from '../../state-machine/action-state.js';

/** Who caused a transition; `operator:<name>` for a person. */
export type Actor = 'vercel' | 'worker' | 'sweeper' | `operator:${string}`;

/** One audited change of one action. The database refuses to change or delete it. */
@Entity('transition')
export class Transition {
  /** Grows with each transition of one action. bigint, so a string. */
  @PrimaryColumn('bigint') id!: string;
  @Column('uuid', { name: 'action_id' }) actionId!: string;
  @Column('text') event!: Event;
  @Column('text', { name: 'from_state' }) from!: From;
  @Column('text', { name: 'to_state' }) to!: State;
  @Column('text') actor!: Actor;
  @Column('text', { nullable: true }) reason!: string | null;
  @Column('uuid', { name: 'delivery_id', nullable: true }) deliveryId!: string | null;
  @Column('timestamptz') at!: Date;
}
