/** Order and ancestry of models. A cycle is a compile error that names the chain. */

export type Edges = ReadonlyMap<string, readonly string[]>;

/** Names so ordered that each comes after all that it reads. Throws on a cycle. */
export function topologicalOrder(edges: Edges): string[] {
  const done = new Set<string>();
  const order: string[] = [];
  const visit = (name: string, chain: string[]) => {
    if (done.has(name)) return;
    if (chain.includes(name)) {
      const cycle = [...chain.slice(chain.indexOf(name)), name];
      throw new Error(`The models form a cycle: ${cycle.join(' → ')}.`);
    }
    for (const upstream of edges.get(name) ?? []) visit(upstream, [...chain, name]);
    done.add(name);
    order.push(name);
  };
  for (const name of [...edges.keys()].sort()) visit(name, []);
  return order;
}

/** Everything that `name` reads, directly or not. */
export function ancestors(edges: Edges, name: string): Set<string> {
  const found = new Set<string>();
  const collect = (current: string) => {
    for (const upstream of edges.get(current) ?? []) {
      if (found.has(upstream)) continue;
      found.add(upstream);
      collect(upstream);
    }
  };
  collect(name);
  return found;
}
