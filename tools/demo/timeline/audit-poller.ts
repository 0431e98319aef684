import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { ActionAnswer } from '../../../src/api/actions/action-answer.js';
import type { DemoOperator } from '../environment/operator.js';
import type { Timeline, LineTone } from './timeline.js';
import { messageOfTransition } from './messages.js';

const EVERY_MS = 120;
/** Events of the twin and the database arrive within this time. */
const SLACK_MS = 60;

/** Databases and roles of the server. */
export interface Inventory {
  readonly databases: readonly string[];
  readonly roles: readonly string[];
}

/** Reads the databases and roles of the server. */
export async function readInventory(client: Client): Promise<Inventory> {
  const { rows } = await client.query<{ databases: string[]; roles: string[] }>(`
    select coalesce((select array_agg(datname::text order by datname) from pg_database), '{}') as databases,
           coalesce((select array_agg(rolname::text order by rolname) from pg_roles), '{}') as roles`);
  return rows[0] ?? { databases: [], roles: [] };
}

/** Polls Drawbridge's audit and PostgreSQL's databases, and adds the changes to the timeline. */
export class AuditPoller {
  private readonly actions = new Map<string, ActionAnswer>();
  private cursor = '0';
  private known: ReadonlySet<string>;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly operator: DemoOperator,
    private readonly client: Client,
    private readonly timeline: Timeline,
    base: Inventory,
  ) {
    this.known = new Set(base.databases);
  }

  /** Polls until the signal aborts. Rejects when one of the two cannot be read. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.poll();
      await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined); // The loop checks the signal.
    }
  }

  /** Polls once, after a running poll, and prints everything until now. */
  poll(): Promise<void> {
    return (this.running = this.running.then(() => this.pollNow()));
  }

  private async pollNow(): Promise<void> {
    const at = Date.now();
    const [{ items, cursor }, { databases }] = await Promise.all([
      this.operator.transitions(this.cursor),
      readInventory(this.client),
    ]);
    this.cursor = cursor;
    const changed = this.changes(databases);
    if (this.isUnknown(items, changed)) await this.readActions();
    for (const transition of items) {
      const of = this.actions.get(transition.actionId)?.deploymentId ?? null;
      const words = messageOfTransition(transition);
      this.timeline.add({ at: Date.parse(transition.at), of, who: 'drawbridge', ...words });
    }
    for (const { name, text, tone } of changed) {
      this.timeline.add({ at, of: this.holderOf(name), who: 'postgres', text, tone });
    }
    this.known = new Set(databases);
    this.timeline.printUpTo(at - SLACK_MS);
  }

  private changes(databases: readonly string[]): { name: string; text: string; tone: LineTone }[] {
    const appeared = databases.filter((name) => !this.known.has(name));
    const vanished = [...this.known].filter((name) => !databases.includes(name));
    return [
      ...appeared.map((name) => ({ name, text: `database ${name} appeared`, tone: 'good' as const })),
      ...vanished.map((name) => ({ name, text: `database ${name} is gone`, tone: 'odd' as const })),
    ];
  }

  private isUnknown(items: readonly { actionId: string }[], changed: readonly { name: string }[]): boolean {
    return (
      items.some(({ actionId }) => !this.actions.has(actionId)) ||
      changed.some(({ name }) => this.holderOf(name) === null)
    );
  }

  private async readActions(): Promise<void> {
    for (const action of await this.operator.actions()) this.actions.set(action.id, action);
  }

  /** Returns the id of the first deployment with the database. */
  private holderOf(database: string): string | null {
    const holders = [...this.actions.values()].filter(({ allocationKey }) => allocationKey === database);
    const first = holders.toSorted((one, other) => (one.createdAt < other.createdAt ? -1 : 1))[0];
    return first?.deploymentId ?? null;
  }
}
