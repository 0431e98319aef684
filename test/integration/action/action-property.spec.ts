import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  isWorking,
  next,
  TRANSITIONS,
  type Event,
  type From,
  type State,
} from '../../../src/state-machine/action-state.js';
import {
  applyTo,
  emptyModel,
  explain,
  storedForm,
  seen,
  type Model,
  type Op,
  type SeenAction,
} from '../../support/action-model.js';
import {
  beginning,
  declining,
  incoming,
  openRepositories,
  type ActionRepositories,
  type OpenRepositories,
} from '../../support/action-repositories.js';

const RUNS = 14;
const SEQUENCES = 150;

/** One attempted step. The repository method it becomes depends on the worker's last view. */
interface Step {
  kind: 'start' | 'cancel' | 'cleanup' | 'repeat' | 'work' | 'fail' | 'skip' | 'claim' | 'operate' | 'abort';
  on: 0 | 1;
  /** Which of two workers, in two processes. */
  by: 0 | 1;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constant('start' as const) },
    { weight: 2, arbitrary: fc.constantFrom('cancel' as const, 'cleanup' as const) },
    {
      weight: 2,
      arbitrary: fc.constantFrom('repeat' as const, 'fail' as const, 'skip' as const, 'claim' as const),
    },
    { weight: 1, arbitrary: fc.constantFrom('operate' as const, 'abort' as const) },
    { weight: 9, arbitrary: fc.constant('work' as const) },
  ),
  on: fc.constantFrom(0, 1),
  by: fc.constantFrom(0, 1),
});
/** The steps of one round run concurrently. */
const round = fc.array(step, { minLength: 1, maxLength: 4 });
const sequence = fc.array(round, { minLength: 4, maxLength: 10, size: 'max' });
type Kind = Step['kind'];
const alone = (on: 0 | 1, kinds: readonly Kind[]): Step[][] => kinds.map((kind) => [{ kind, on, by: 0 }]);
/** The shortest path to each state; `work` claims first. */
const PATHS: Record<State, Kind[]> = {
  queued: ['start'],
  provisioning: ['start', 'work', 'work'],
  reporting: ['start', 'work', 'work', 'work'],
  succeeded: ['start', 'work', 'work', 'work', 'work'],
  failing: ['start', 'work', 'fail'],
  failed: ['start', 'work', 'fail', 'work'],
  canceling: ['cancel'],
  canceled: ['cancel', 'work', 'work'],
  releasing: ['cleanup'],
  released: ['cleanup', 'work', 'work'],
};
/**
 * Sequences that random ones rarely reach: every kind of step from every state, an action that begins while
 * the last holder deprovisions its allocation, an action that leaves an allocation to another holder, and a
 * repeated webhook.
 */
const guided: Step[][][] = [
  ...Object.values(PATHS).flatMap((path) =>
    (['work', 'fail', 'operate', 'abort', 'cancel', 'cleanup'] as const).map((last) =>
      alone(0, [...path, 'claim', last]),
    ),
  ),
  ...(['work', 'fail', 'operate', 'cancel', 'cleanup'] as const).map((last) =>
    alone(0, ['start', 'work', 'skip', 'claim', last, 'work']),
  ),
  alone(0, [...PATHS.failed, 'operate', 'claim', 'skip', 'work', 'work']),
  [...alone(0, [...PATHS.provisioning, 'cancel', 'work']), ...alone(1, PATHS.provisioning)],
  [
    ...alone(0, PATHS.provisioning),
    ...alone(1, PATHS.provisioning),
    ...alone(0, ['cancel', 'claim', 'work']),
  ],
  alone(0, ['start', 'repeat']),
];
const sequences = fc.array(sequence, { minLength: SEQUENCES, maxLength: SEQUENCES });

let opened: OpenRepositories;
const counted = { sequences: 0, answers: new Map<string, number>() };
beforeAll(async () => {
  opened = await openRepositories('property', 2);
});
afterAll(() => opened?.close());

/** One sequence against the real repositories, with every model that its answers allow. */
class Sequence {
  static serial = 0;
  readonly name = `s${Sequence.serial++}`;
  models: Model[] = [emptyModel()];
  readonly ids: [string | null, string | null] = [null, null];
  private readonly held = new Map<string, SeenAction>();
  private readonly sent: { on: 0 | 1; event: 'start' | 'cancel' | 'cleanup'; eventId: string }[] = [];

  deployment(on: 0 | 1): string {
    return `${this.name}-${on}`;
  }

  async play(rounds: Step[][]): Promise<void> {
    for (const steps of rounds) {
      const ops = steps.flatMap((one) => this.plan(one) ?? []);
      const answers = await Promise.all(ops.map(({ op, by }) => this.send(op, by)));
      this.models = explain(
        this.models,
        ops.map(({ op }) => op),
        answers,
      );
      if (this.models.length === 0)
        throw new Error(
          `${this.name}: no order explains ${JSON.stringify(ops)} → ${JSON.stringify(answers)}`,
        );
      for (const answer of answers) counted.answers.set(answer, (counted.answers.get(answer) ?? 0) + 1);
      await this.refresh(steps);
    }
  }

  private plan({ kind, on, by }: Step): { op: Op; by: 0 | 1 } | null {
    switch (kind) {
      case 'start':
      case 'cancel':
      case 'cleanup': {
        const sent = { on, event: kind, eventId: `${this.name}-${this.sent.length}` };
        this.sent.push(sent);
        return { op: { kind: 'webhook', ...sent }, by };
      }
      case 'repeat': {
        const sent = this.sent.at(-1);
        return sent ? { op: { kind: 'webhook', ...sent }, by } : null;
      }
      case 'claim':
        return this.ids[on] === null ? null : { op: { kind: 'claim', on }, by };
      case 'operate':
      case 'abort':
        return this.operate(kind, on, by);
      case 'work':
      case 'fail':
      case 'skip':
        return this.work(kind, on, by);
      default:
        return kind satisfies never;
    }
  }

  /** Builds a command from a state that the models allow now. */
  private operate(kind: 'operate' | 'abort', on: 0 | 1, by: 0 | 1): { op: Op; by: 0 | 1 } | null {
    const from = this.models[0]?.actions[on].state;
    if (this.ids[on] === null || from === undefined || from === 'none') return null;
    const other = next(from, 'retry') === undefined ? 'release' : 'retry';
    const event = kind === 'abort' ? 'abort' : other;
    return next(from, event) === undefined ? null : { op: { kind: 'operator', on, from, event }, by };
  }

  /** Builds the worker's next operation from its last view, however old. */
  private work(kind: 'work' | 'fail' | 'skip', on: 0 | 1, by: 0 | 1): { op: Op; by: 0 | 1 } | null {
    if (this.ids[on] === null) return null;
    const view = this.held.get(`${on} ${by}`);
    if (!view || !isWorking(view.state)) return { op: { kind: 'claim', on }, by };
    if (view.state === 'queued' && kind === 'skip')
      return { op: { kind: 'decline', on, seen: view, event: kind }, by };
    if (view.state === 'queued' && kind === 'work') return { op: { kind: 'begin', on, seen: view }, by };
    if (view.hold === 'holds' && next(view.state, 'gone') !== undefined)
      return { op: { kind: 'let-go', on, seen: view }, by };
    const event = onward(view.state, kind);
    return { op: { kind: 'move', on, seen: view, event }, by };
  }

  private async send(op: Op, by: 0 | 1): Promise<string> {
    const repositories = opened.repositories[by] as ActionRepositories;
    switch (op.kind) {
      case 'webhook': {
        const sent = incoming(op.event, this.deployment(op.on), { eventId: op.eventId });
        return (await repositories.intake.receive(sent)).result;
      }
      case 'claim': {
        const [view] = await repositories.claims.claim([this.id(op.on)]);
        if (!view) return 'nothing';
        this.held.set(`${op.on} ${by}`, view);
        return seen(view);
      }
      case 'begin': {
        const allocation = await repositories.updates.begin(
          beginning({ id: this.id(op.on), ...op.seen }, this.name),
        );
        return allocation === undefined ? 'nothing' : `generation ${generationOf(allocation.key, this.name)}`;
      }
      case 'decline':
        return String(
          await repositories.updates.decline(declining({ id: this.id(op.on), ...op.seen }, op.event)),
        );
      case 'let-go':
        return repositories.updates.releaseHold({
          id: this.id(op.on),
          ...this.guard(op.seen),
          ...rest(op.seen.state),
        });
      case 'move':
        return String(await repositories.updates.apply(this.written(op)));
      case 'operator': {
        const to = next(op.from, op.event) as State;
        const guard = { id: this.id(op.on), attempt: null, from: op.from };
        return String(
          await repositories.updates.apply({ ...guard, event: op.event, to, actor: 'operator:alice' }),
        );
      }
      default:
        return op satisfies never;
    }
  }

  private written({ on, seen: view, event }: Extract<Op, { kind: 'move' }>) {
    const to = next(view.state, event) as State;
    const call = event === 'ready' || event === 'fail' ? { call: 'settled' as const } : {};
    const closes = event === 'gone' && view.hold === 'closes' ? { closes: true as const } : {};
    const outcome = to === 'succeeded' || to === 'failed' || to === 'canceled' ? { outcome: to } : {};
    return { id: this.id(on), ...this.guard(view), event, to, ...call, ...closes, ...outcome };
  }

  private guard({ attempt, state }: SeenAction): { attempt: number; from: State } {
    return { attempt, from: state };
  }

  private id(on: 0 | 1): string {
    return this.ids[on] as string;
  }

  /** Refreshes the workers' views after a round, as `settle` and `reread` do. */
  private async refresh(steps: Step[]): Promise<void> {
    for (const on of new Set(steps.map((one) => one.on))) this.ids[on] ??= await this.find(on);
    const views = new Map(steps.map(({ on, by }) => [`${on} ${by}`, { on, by }]));
    await Promise.all(
      [...views].map(async ([key, { on, by }]) => {
        const view = this.held.get(key);
        if (!view) return;
        const now = await opened.repositories[by]?.claims.view(this.id(on), view.attempt);
        if (now) this.held.set(key, now);
        else this.held.delete(key);
      }),
    );
  }

  private async find(on: 0 | 1): Promise<string | null> {
    const rows = await opened.sql<{ id: string }>('SELECT id FROM action WHERE deployment_id = $1', [
      this.deployment(on),
    ]);
    return rows[0]?.id ?? null;
  }
}

function rest(state: State): { to: State; outcome: 'failed' | 'canceled' | null } {
  const to = next(state, 'gone') as State;
  return { to, outcome: to === 'failed' || to === 'canceled' ? to : null };
}

const generationOf = (key: string, name: string): number =>
  key === name ? 1 : Number(key.slice(name.length + 1));

/** Returns the event that a worker causes from `state`. */
function onward(state: State, kind: 'work' | 'fail' | 'skip'): Event {
  if (kind === 'fail' && next(state, 'fail') !== undefined) return 'fail';
  if (kind === 'fail' && next(state, 'refused') !== undefined) return 'refused';
  const events: Event[] = ['ready', 'accepted', 'gone'];
  return events.find((event) => next(state, event) !== undefined) as Event;
}

interface Row {
  deployment: string;
  state: string;
  attempt: number;
  hold: string | null;
  generation: number | null;
  path: string[];
}

/** Returns the stored rows of these sequences, in the form of `storedForm`. */
async function stored(played: Sequence[]): Promise<unknown[]> {
  const names = played.map(({ name }) => name);
  const rows = await opened.sql<Row>(
    `SELECT deployment_id AS deployment, a.state, attempt, hold, l.generation,
       array(SELECT from_state || ' ' || event || ' ' || to_state FROM transition t
         WHERE t.action_id = a.id ORDER BY t.id) AS path
     FROM action a LEFT JOIN allocation l ON l.id = a.allocation_id
     WHERE split_part(deployment_id, '-', 1) = ANY($1)`,
    [names],
  );
  const allocations = await opened.sql<{ identity: string; list: string[] }>(
    `SELECT identity, array_agg(generation || ' ' || state ORDER BY generation) AS list FROM allocation
     WHERE identity = ANY($1) GROUP BY identity`,
    [names],
  );
  const deliveries = await opened.sql<{ name: string; count: number }>(
    `SELECT split_part(event_id, '-', 1) AS name, count(*)::int AS count FROM delivery
     WHERE split_part(event_id, '-', 1) = ANY($1) GROUP BY 1`,
    [names],
  );
  const byDeployment = new Map(rows.map(({ deployment, ...row }) => [deployment, row]));
  const none = { state: 'none', attempt: 0, hold: null, generation: null, path: [] };
  return played.map((one) => ({
    actions: [0, 1].map((on) => byDeployment.get(one.deployment(on as 0 | 1)) ?? none),
    allocations: allocations.find(({ identity }) => identity === one.name)?.list ?? [],
    deliveries: deliveries.find(({ name }) => name === one.name)?.count ?? 0,
  }));
}

describe('the action repositories', () => {
  it('agree with the model for any sequence of concurrent operations', async () => {
    await fc.assert(
      fc.asyncProperty(sequences, async (batch) => {
        const played = batch.map(() => new Sequence());
        await Promise.all(played.map((one, index) => one.play(batch[index] as Step[][])));
        counted.sequences += played.length;
        const found = await stored(played);
        for (const [index, one] of played.entries()) {
          const possible = one.models.map(storedForm);
          if (!possible.some((model) => JSON.stringify(model) === JSON.stringify(found[index])))
            expect(found[index], one.name).toEqual(possible[0]);
        }
      }),
      {
        examples: [[guided]],
        numRuns: RUNS + 1,
        endOnFailure: true, // Concurrent steps cannot be repeated, so they cannot be shrunk.
        interruptAfterTimeLimit: 90_000,
        markInterruptAsFailure: true,
        reporter: ({ failed, seed, errorInstance }) => {
          if (failed) throw new Error(`with seed ${seed}`, { cause: errorInstance });
        },
      },
    );
    expect(counted.sequences).toBeGreaterThanOrEqual(2_000);
  });

  it('gave every answer and made every transition in these sequences', async () => {
    const rows = await opened.sql<{ change: string }>(
      `SELECT DISTINCT from_state || ' ' || event || ' ' || to_state AS change FROM transition`,
    );
    const table = Object.entries(TRANSITIONS).flatMap(([from, row]) =>
      Object.entries(row).map(([event, to]) => `${from} ${event} ${to}`),
    );
    expect(rows.map(({ change }) => change).sort()).toEqual(table.sort());
    for (const answer of [
      'recorded',
      'duplicate',
      'nothing',
      'true',
      'false',
      'left',
      'closes',
      'moved',
      'generation 2',
    ])
      expect(counted.answers.get(answer) ?? 0, answer).toBeGreaterThan(0);
  });

  it('keep no hold in states without one, and only legal paths', async () => {
    const owners = await opened.sql(
      `SELECT id FROM action WHERE state IN ('failed', 'canceled', 'released') AND hold IS NOT NULL`,
    );
    expect(owners).toEqual([]);
    const unheld = await opened.sql(
      `SELECT l.id FROM allocation l WHERE (l.state <> 'closed') <>
         EXISTS (SELECT FROM action a WHERE a.allocation_id = l.id AND a.hold IS NOT NULL)`,
    );
    expect(unheld).toEqual([]);
    const paths = await opened.sql<{ state: string; path: [From, Event, State][] }>(
      `SELECT state, array(SELECT ARRAY[from_state, event, to_state] FROM transition t
         WHERE t.action_id = a.id ORDER BY t.id) AS path
       FROM action a`,
    );
    for (const { state, path } of paths) {
      let at: From = 'none';
      for (const [from, event, to] of path) {
        expect(from).toBe(at);
        expect(next(from, event)).toBe(to);
        at = to;
      }
      expect(at).toBe(state);
    }
    expect(paths.length).toBeGreaterThan(2_000);
  });

  it('have a job for every unclaimed action with work', async () => {
    const withoutJob = await opened.sql(
      `SELECT id, state FROM action a WHERE attempt = 0 AND state IN ('queued', 'canceling', 'releasing')
       AND NOT EXISTS
         (SELECT FROM pgboss.job j WHERE j.name = 'action' AND j.data->>'actionId' = a.id::text)`,
    );
    expect(withoutJob).toEqual([]);
  });

  it('would be found to contradict the model if they lost an event', () => {
    const model = emptyModel();
    const start: Op = { kind: 'webhook', on: 0, event: 'start', eventId: 'e' };
    expect(applyTo(structuredClone(model), start)).toBe('recorded');
    expect(explain([model], [start, start], ['recorded', 'recorded'])).toEqual([]);
    expect(explain([model], [start, start], ['duplicate', 'recorded'])).toHaveLength(1);
  });
});
