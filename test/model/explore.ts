import { violations, type Invariant } from './invariants.js';
import { claimMoves, environmentMoves, orphanMoves, type Offer } from './moves.js';
import type { Rules } from './rules.js';
import { workerMoves } from './steps.js';
import { copyOf, firstWorld, forgetSettledStrays, keyOf, type Scenario, type World } from './world.js';

export interface Exploration {
  readonly worlds: number;
  /** Every state change that happened, as `from → to`. */
  readonly changes: ReadonlySet<string>;
  /** Per violated invariant the shortest way there, one line per move. */
  readonly found: ReadonlyMap<Invariant, readonly string[]>;
}

export interface Limits {
  /** More worlds than this are an error: the scenario is too large to be called exhaustive. */
  readonly worlds?: number;
  /** Stop at the first world that violates anything. */
  readonly stopAtFirst?: boolean;
}

/** From which world, and by which of its moves, each world was reached first; flat, as there are millions. */
interface Came {
  readonly parent: number[];
  readonly move: number[];
}

interface Successor {
  readonly label: string;
  readonly world: World;
}

/** Visits every world that a scenario can reach, nearest first. */
export function explore(scenario: Scenario, rules: Rules, limits: Limits = {}): Exploration {
  const seen = new Set<string>();
  const came: Came = { parent: [], move: [] };
  const changes = new Set<string>();
  const found = new Map<Invariant, readonly string[]>();
  let frontier: { id: number; world: World }[] = [];
  let following: typeof frontier = [];

  const visit = (world: World, parent: number, move: number) => {
    const key = keyOf(world);
    if (seen.has(key)) return;
    seen.add(key);
    if (seen.size > (limits.worlds ?? 1_000_000)) {
      throw new Error(`model: ${scenario.name}: more than ${seen.size - 1} worlds`);
    }
    came.move.push(move);
    following.push({ id: came.parent.push(parent) - 1, world });
  };

  visit(firstWorld(scenario), -1, -1);
  while (following.length > 0) {
    [frontier, following] = [following, []];
    for (const { id, world } of frontier) {
      const { successors, quiescent } = expand(world, rules, scenario);
      for (const invariant of violations(world, quiescent)) {
        if (!found.has(invariant)) found.set(invariant, traceTo(id, came, scenario, rules));
      }
      if (limits.stopAtFirst && found.size > 0) return { worlds: seen.size, changes, found };
      successors.forEach((successor, move) => {
        noteChanges(world, successor.world, changes);
        visit(successor.world, id, move);
      });
    }
  }
  return { worlds: seen.size, changes, found };
}

/** All that may happen next; `quiescent` when none of it is the system's own doing. */
function expand(world: World, rules: Rules, scenario: Scenario) {
  const successors: Successor[] = [];
  const offer: Offer = (label, change) => {
    const copy = copyOf(world);
    change(copy);
    forgetSettledStrays(copy);
    successors.push({ label, world: copy });
  };
  workerMoves(world, rules, scenario, offer);
  claimMoves(world, rules, offer);
  orphanMoves(world, offer);
  const quiescent = successors.length === 0;
  environmentMoves(world, rules, scenario, offer);
  return { successors, quiescent };
}

function noteChanges(before: World, after: World, changes: Set<string>): void {
  before.actions.forEach(({ state }, a) => {
    const to = after.actions[a]!.state;
    if (to !== state) changes.add(`${state} → ${to}`);
  });
}

/** Walks the same way once more to name its moves: keeping every label would cost more memory than the worlds. */
function traceTo(id: number, came: Came, scenario: Scenario, rules: Rules): string[] {
  const way: number[] = [];
  for (let at = id; came.parent[at]! >= 0; at = came.parent[at]!) way.unshift(came.move[at]!);
  let world = firstWorld(scenario);
  return way.map((move) => {
    const taken = expand(world, rules, scenario).successors[move]!;
    world = taken.world;
    return taken.label;
  });
}
