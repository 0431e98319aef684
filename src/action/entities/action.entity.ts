import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { FailureReport, State } from '../../state-machine/action-state.js';
import { Allocation } from './allocation.entity.js';

/** What Vercel heard, or would have: it stays when the action is released later. */
export const OUTCOMES = ['succeeded', 'failed', 'canceled'] as const;
export type ActionOutcome = (typeof OUTCOMES)[number];

/** One action slug on one deployment and resource. Read through this entity; written by ActionStore alone. */
@Entity('action')
export class Action {
  @PrimaryColumn('uuid') id!: string;
  @Column('text', { name: 'installation_id' }) installationId!: string;
  @Column('text', { name: 'deployment_id' }) deploymentId!: string;
  @Column('text', { name: 'resource_id' }) resourceId!: string;
  /** The slug declared in Vercel's Integration Console. */
  @Column('text') action!: string;
  @Column('text') state!: State;
  @Column('text', { nullable: true }) outcome!: ActionOutcome | null;
  /** Why it failed or was released, apart from the state: a code such as `deadline`. */
  @Column('text', { nullable: true }) reason!: string | null;
  /** One line for people: what is happening in this state, or what went wrong. */
  @Column('text', { name: 'status_text', nullable: true }) statusText!: string | null;
  /** Whether Vercel has the verdict `failed`; null as long as that is still to be reported. */
  @Column('text', { name: 'failure_report', nullable: true }) failureReport!: FailureReport | null;
  /** Fencing token: drawn anew by every claim, named by every later write. */
  @Column('int') attempt!: number;
  /** Claims that a shutdown handed back unused; `attempt` less these is what an operator calls attempts. */
  @Column('int', { name: 'handed_back' }) handedBack!: number;
  /** `holds` its allocation; `closes` it as the last holder; null: owns nothing. */
  @Column('text', { nullable: true }) hold!: 'holds' | 'closes' | null;
  /** The allocation it holds, or held last. */
  @Column('uuid', { name: 'allocation_id', nullable: true }) allocationId!: string | null;
  @ManyToOne(() => Allocation, { nullable: true })
  @JoinColumn({ name: 'allocation_id' })
  allocation!: Relation<Allocation> | null;
  /** Until when the provision call under way may take effect; null once it has settled. */
  @Column('timestamptz', { name: 'call_until', nullable: true }) callUntil!: Date | null;
  /** Until when an earlier call, of which nobody knows the end, may still take effect. */
  @Column('timestamptz', { name: 'stray_until', nullable: true }) strayUntil!: Date | null;
  @Column('timestamptz', { name: 'deadline_at', nullable: true }) deadlineAt!: Date | null;
  @Column('text', { name: 'deployment_url', nullable: true }) deploymentUrl!: string | null;
  @Column('text', { name: 'project_id', nullable: true }) projectId!: string | null;
  @Column('text', { name: 'project_name', nullable: true }) projectName!: string | null;
  @Column('text', { nullable: true }) target!: string | null;
  /** What people call its environment; null where it is not known, and for those of before it was kept. */
  @Column('text', { nullable: true }) environment!: string | null;
  @Column('text', { name: 'git_ref', nullable: true }) gitRef!: string | null;
  @Column('text', { name: 'git_sha', nullable: true }) gitSha!: string | null;
  @Column('int', { name: 'pull_request', nullable: true }) pullRequest!: number | null;
  /** When Vercel accepted `succeeded`: `retain` counts from then. */
  @Column('timestamptz', { name: 'succeeded_at', nullable: true }) succeededAt!: Date | null;
  /** While succeeded: from when on it may be asked whether the deployment is still there. */
  @Column('timestamptz', { name: 'check_at', nullable: true }) checkAt!: Date | null;
  /** Where the webhook that made it stands in a trace, as W3C Trace Context writes it. */
  @Column('text', { nullable: true }) traceparent!: string | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}
