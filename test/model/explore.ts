import { findCycle, type Edges } from './cycles.js';
import { violations, type Invariant } from './invariants.js';
import { claimMoves, environmentMoves, orphanMoves, type Happening, type Offer } from './moves.js';
import type { Rules } from './rules.js';
import { endLoops, workerMoves } from './worker-moves.js';
import { copyOf, firstWorld, forgetEndedStrays, keyOf, type Scenario, type ModelWorld } from './world.js';

export interface Exploration {
  readonly worlds: number;
  /** Every state change that happened, as `from → to`. */
  readonly changes: ReadonlySet<string>;
  /** The shortest way to each violated invariant, one line per move. */
  readonly found: ReadonlyMap<Invariant, readonly string[]>;
}

export interface Limits {
  /** The limit of worlds. A larger scenario is an error, because it is not explored exhaustively. */
  readonly worlds?: number;
  /** Stop at the first world that violates anything. */
  readonly stopAtFirst?: boolean;
}

interface Move {
  readonly label: string;
  readonly change: (world: ModelWorld) => readonly Happening[] | void;
  /** The move of a worker, in which no time passes. */
  readonly restless: boolean;
}

/** Visits every world that a scenario can reach, nearest first. */
export async function explore(scenario: Scenario, rules: Rules, limits: Limits = {}): Promise<Exploration> {
  return new Search(scenario, rules, limits).run();
}

class Search {
  private readonly ids = new Map<string, number>();
  /** The world and the move from which each world was reached first; flat, because there are many. */
  private readonly parent: number[] = [];
  private readonly move: number[] = [];
  private readonly restless: Edges = { from: [], to: [] };
  private readonly changes = new Set<string>();
  private readonly found = new Map<Invariant, readonly string[]>();
  private following: { id: number; world: ModelWorld }[] = [];

  constructor(
    private readonly scenario: Scenario,
    private readonly rules: Rules,
    private readonly limits: Limits,
  ) {}

  async run(): Promise<Exploration> {
    this.visit(firstWorld(this.scenario), -1, -1);
    while (this.following.length > 0) {
      const frontier = this.following;
      this.following = [];
      for (const { id, world } of frontier) {
        await this.expand(id, world);
        if (this.limits.stopAtFirst && this.found.size > 0) return this.result();
      }
    }
    const cycle = findCycle(this.restless, this.ids.size);
    if (cycle !== null) this.found.set('a worker repeats itself without a pause', await this.wayTo(cycle));
    return this.result();
  }

  private result(): Exploration {
    return { worlds: this.ids.size, changes: this.changes, found: this.found };
  }

  private visit(world: ModelWorld, parent: number, move: number): number {
    const key = keyOf(world);
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const id = this.ids.size;
    if (id >= (this.limits.worlds ?? 1_000_000))
      throw new Error(`model: ${this.scenario.name}: more than ${id} worlds`);
    this.ids.set(key, id);
    this.parent.push(parent);
    this.move.push(move);
    this.following.push({ id, world });
    return id;
  }

  private async expand(id: number, world: ModelWorld): Promise<void> {
    const { moves, quiescent } = movesOf(world, this.rules, this.scenario);
    for (const invariant of violations(world, quiescent))
      if (!this.found.has(invariant)) this.found.set(invariant, await this.wayTo(id));
    for (const [index, move] of moves.entries()) {
      const next = copyOf(world);
      const happenings = move.change(next);
      if (happenings !== undefined && happenings.length > 0) await endLoops(next, happenings);
      forgetEndedStrays(next);
      noteChanges(world, next, this.changes);
      const to = this.visit(next, id, index);
      if (!move.restless) continue;
      this.restless.from.push(id);
      this.restless.to.push(to);
    }
  }

  /** Repeats the way to name its moves: stored labels would need more memory than the worlds. */
  private async wayTo(id: number): Promise<string[]> {
    const way: number[] = [];
    for (let at = id; this.parent[at]! >= 0; at = this.parent[at]!) way.unshift(this.move[at]!);
    let world = firstWorld(this.scenario);
    const labels: string[] = [];
    for (const index of way) {
      const { label, change } = movesOf(world, this.rules, this.scenario).moves[index]!;
      world = copyOf(world);
      await endLoops(world, change(world) ?? []);
      forgetEndedStrays(world);
      labels.push(label);
    }
    return labels;
  }
}

/** All possible next moves; `quiescent` when only the environment can move. */
function movesOf(world: ModelWorld, rules: Rules, scenario: Scenario): { moves: Move[]; quiescent: boolean } {
  const moves: Move[] = [];
  let own = true;
  const offer: Offer = (label, change, waits = false) =>
    moves.push({ label, change, restless: own && !waits });
  workerMoves(world, rules, scenario, offer);
  own = false;
  claimMoves(world, rules, offer);
  orphanMoves(world, offer);
  const quiescent = moves.length === 0;
  environmentMoves(world, rules, scenario, offer);
  return { moves, quiescent };
}

function noteChanges(before: ModelWorld, after: ModelWorld, changes: Set<string>): void {
  before.actions.forEach(({ state }, a) => {
    const to = after.actions[a]!.state;
    if (to !== state) changes.add(`${state} → ${to}`);
  });
}
