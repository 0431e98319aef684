import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { FAILURE_REPORTS, STATES, type FailureReport, type State } from '../../state-machine/action-state.js';
import { DeploymentColumns } from './action-deployment.js';
import { Allocation } from './allocation.entity.js';

/** The result that Vercel received, or would have received. It stays when the action is released later. */
export const OUTCOMES = ['succeeded', 'failed', 'canceled'] as const;
export type ActionOutcome = (typeof OUTCOMES)[number];

export const HOLDS = ['holds', 'closes'] as const;

/**
 * One action slug on one deployment and resource. Operators read it through this entity; only action/
 * writes it.
 */
@Entity('action')
export class Action extends DeploymentColumns {
  @PrimaryColumn('uuid') id!: string;
  @Column('text', { name: 'installation_id' }) installationId!: string;
  @Column('text', { name: 'deployment_id' }) deploymentId!: string;
  @Column('text', { name: 'resource_id' }) resourceId!: string;
  /** The slug declared in Vercel's Integration Console. */
  @Column('text') action!: string;
  @Column({ type: 'text', enum: STATES }) state!: State;
  @Column({ type: 'text', nullable: true, enum: OUTCOMES }) outcome!: ActionOutcome | null;
  /** Why the action failed or was released, apart from its state: a code such as `deadline`. */
  @Column('text', { nullable: true }) reason!: string | null;
  /** Why the action failed: Vercel receives it with each report, people read it. Null unless it failed. */
  @Column('text', { name: 'failure_text', nullable: true }) failureText!: string | null;
  /** Progress in the current state: a plugin's text, a release, or what blocks a removal. */
  @Column('text', { name: 'progress_text', nullable: true }) progressText!: string | null;
  /**
   * Whether Vercel has the verdict `failed`. While failing: null until `failed` was reported for the last
   * time. While queued: of the failure before a retry, null for an action that was never retried.
   */
  @Column({ type: 'text', name: 'failure_report', nullable: true, enum: FAILURE_REPORTS })
  failureReport!: FailureReport | null;
  /** The claim token (fencing token): every claim draws a new one, and every later write names it. */
  @Column('int') attempt!: number;
  /** Claims that a shutdown handed back unused. Operators see `attempt` less these as attempts. */
  @Column('int', { name: 'handed_back' }) handedBack!: number;
  /**
   * `holds`: it holds its allocation. `closes`: as the last holder it removes the allocation. Null: no
   * hold.
   */
  @Column({ type: 'text', nullable: true, enum: HOLDS }) hold!: (typeof HOLDS)[number] | null;
  /** The allocation that the action holds, or held last. */
  @Column('uuid', { name: 'allocation_id', nullable: true }) allocationId!: string | null;
  @ManyToOne(() => Allocation, { nullable: true })
  @JoinColumn({ name: 'allocation_id' })
  allocation!: Relation<Allocation> | null;
  /** Until when the provision call under way may take effect; null once it has settled. */
  @Column('timestamptz', { name: 'call_until', nullable: true }) callUntil!: Date | null;
  /** Until when an earlier call whose end is unknown may still take effect. */
  @Column('timestamptz', { name: 'stray_until', nullable: true }) strayUntil!: Date | null;
  @Column('timestamptz', { name: 'deadline_at', nullable: true }) deadlineAt!: Date | null;
  /** When Vercel accepted `succeeded`: `retain` counts from then. */
  @Column('timestamptz', { name: 'succeeded_at', nullable: true }) succeededAt!: Date | null;
  /** While succeeded: when Vercel is next asked whether the deployment still exists. */
  @Column('timestamptz', { name: 'check_at', nullable: true }) checkAt!: Date | null;
  /** When the state changed last, set by a trigger. Null in rows that rested before the column existed. */
  @Column('timestamptz', { name: 'state_since', nullable: true }) stateSince!: Date | null;
  /** The trace context of the webhook that made the action, in the format of W3C Trace Context. */
  @Column('text', { nullable: true }) traceparent!: string | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}
