/** Works through a graph: each item once all that it waits for is done, so many at a time. */

export interface GraphWork<Item> {
  /** In an order in which each comes after all that it waits for. */
  items: readonly Item[];
  /** Whether `item` waits for `other`. */
  waitsFor: (item: Item, other: Item) => boolean;
  limit: number;
  work: (item: Item) => Promise<void>;
}

/** Ends when all is done. After the first failure nothing is begun; what runs is awaited. */
export async function inGraphOrder<Item>({
  items,
  waitsFor,
  limit,
  work,
}: GraphWork<Item>): Promise<void> {
  const waiting = [...items];
  const running = new Map<Item, Promise<void>>();
  const failures: unknown[] = [];
  const begin = (item: Item) => {
    waiting.splice(waiting.indexOf(item), 1);
    const done = work(item)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => running.delete(item));
    running.set(item, done);
  };
  const isReady = (item: Item) =>
    ![...running.keys(), ...waiting].some((other) => other !== item && waitsFor(item, other));
  while (waiting.length > 0 || running.size > 0) {
    while (failures.length === 0 && running.size < limit) {
      const next = waiting.find(isReady);
      if (next === undefined) break;
      begin(next);
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (failures.length > 0) throw failures[0];
}
