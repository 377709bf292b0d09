/**
 * Who is who after alias calls: ids that calls connect, through however many, are one person. The
 * person goes by the id that the newest call gave. Pure; the model silver.aliases computes by it.
 */
export interface AliasCall {
  previous_id: string;
  user_id: string;
  /** Sorts as text: an instant as the engine writes it, then what tells ties apart. */
  told_at: string;
  source: string;
  message_id: string;
}

export interface Alias {
  user_id: string;
  customer_id: string;
}

/** One row an id. The order of the calls does not matter. */
export function resolveAliases(calls: readonly AliasCall[]): Alias[] {
  const parents = new Map<string, string>();
  const rootOf = (id: string): string => {
    let root = id;
    for (;;) {
      const parent = parents.get(root) ?? root;
      if (parent === root) break;
      root = parent;
    }
    // Each id on the way then points at the root, so that long chains are walked once.
    for (let step = id; step !== root;) {
      const next = parents.get(step) ?? root;
      parents.set(step, root);
      step = next;
    }
    return root;
  };
  for (const { previous_id: previous, user_id: user } of calls) {
    parents.set(previous, parents.get(previous) ?? previous);
    parents.set(user, parents.get(user) ?? user);
    parents.set(rootOf(previous), rootOf(user));
  }
  const names = new Map<string, AliasCall>();
  for (const call of calls) {
    const root = rootOf(call.user_id);
    const standing = names.get(root);
    if (!standing || isNewer(call, standing)) names.set(root, call);
  }
  return [...parents.keys()].map((id) => ({
    user_id: id,
    customer_id: names.get(rootOf(id))!.user_id,
  }));
}

function isNewer(call: AliasCall, other: AliasCall): boolean {
  const order = ['told_at', 'source', 'message_id', 'user_id'] as const;
  const differing = order.find((field) => call[field] !== other[field]);
  return differing !== undefined && call[differing] > other[differing];
}
