/** Moves of workers in which no time passes, as pairs of worlds: `from[i]` leads to `to[i]`. */
export interface Edges {
  readonly from: number[];
  readonly to: number[];
}

/** Returns a world from which such moves lead back to itself; null when each of them makes progress. */
export function findCycle({ from, to }: Edges, worlds: number): number | null {
  const following = Array.from({ length: worlds }, (): number[] => []);
  from.forEach((world, i) => following[world]!.push(to[i]!));
  const left = new Int32Array(worlds);
  const state = new Uint8Array(worlds); // 0 new, 1 on the way, 2 done
  for (let start = 0; start < worlds; start++) {
    if (state[start] !== 0) continue;
    const way = [start];
    state[start] = 1;
    while (way.length > 0) {
      const at = way.at(-1)!;
      const next = following[at]![left[at]!++];
      if (next === undefined) state[way.pop()!] = 2;
      else if (state[next] === 1) return next;
      else if (state[next] === 0) {
        state[next] = 1;
        way.push(next);
      }
    }
  }
  return null;
}
