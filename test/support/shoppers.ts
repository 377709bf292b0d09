/** Customers who buy as the models of lifetime value tell it, from a repeatable source of chance. */

/** Numbers from 0 to below 1 (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A gamma variate of scale 1: Marsaglia & Tsang (2000); of a shape below 1 by a uniform's power. */
export function gammaVariate(shape: number, random: () => number): number {
  if (shape < 1) return gammaVariate(shape + 1, random) * random() ** (1 / shape);
  const d = shape - 1 / 3;
  for (;;) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const cube = (1 + normal / Math.sqrt(9 * d)) ** 3;
    if (cube <= 0) continue;
    if (Math.log(1 - random()) < 0.5 * normal ** 2 + d - d * cube + d * Math.log(cube)) {
      return d * cube;
    }
  }
}

/** The times of a customer's repeat purchases within `age` of the first, by BG/NBD. */
export function repeatPurchases(
  { r, alpha, a, b }: { r: number; alpha: number; a: number; b: number },
  age: number,
  random: () => number,
): number[] {
  const rate = gammaVariate(r, random) / alpha;
  const [one, other] = [gammaVariate(a, random), gammaVariate(b, random)];
  const leaves = one / (one + other);
  const times: number[] = [];
  for (let time = 0; ;) {
    time += -Math.log(1 - random()) / rate;
    if (time > age) return times;
    times.push(time);
    if (random() < leaves) return times;
  }
}
