import fc from 'fast-check';
import { resolveAliases, type AliasCall } from './resolve-aliases.js';

const call = (previous: string, user: string, at: number): AliasCall => ({
  previous_id: previous,
  user_id: user,
  told_at: `2026-01-01 00:00:${String(at).padStart(2, '0')}`,
  source: 'web',
  message_id: `${previous}-${user}-${at}`,
});

const asText = (calls: AliasCall[]) =>
  resolveAliases(calls)
    .map(({ user_id: id, customer_id: customer }) => `${id}=${customer}`)
    .sort()
    .join(' ');

describe('resolveAliases', () => {
  it.each([
    ['one call', [call('a', 'b', 1)], 'a=b b=b'],
    ['a chain', [call('a', 'b', 1), call('b', 'c', 2)], 'a=c b=c c=c'],
    ['a chain told backwards', [call('b', 'c', 2), call('a', 'b', 1)], 'a=c b=c c=c'],
    ['one id with two new names', [call('a', 'b', 1), call('a', 'c', 2)], 'a=c b=c c=c'],
    ['two ids with one new name', [call('a', 'c', 1), call('b', 'c', 2)], 'a=c b=c c=c'],
    ['a circle', [call('a', 'b', 1), call('b', 'a', 2)], 'a=a b=a'],
    ['two persons', [call('a', 'b', 1), call('c', 'd', 2)], 'a=b b=b c=d d=d'],
    ['an id aliased to itself', [call('a', 'a', 1)], 'a=a'],
  ])('%s', (_, calls, expected) => expect(asText(calls)).toBe(expected));

  const someCalls = fc.array(
    fc.tuple(fc.constantFrom(...'abcdefgh'), fc.constantFrom(...'abcdefgh'), fc.nat(59)),
    { maxLength: 14 },
  );

  it('does not depend on the order of the calls', () => {
    fc.assert(
      fc.property(
        someCalls.chain((given) =>
          fc.tuple(
            fc.constant(given),
            fc.shuffledSubarray(given, { minLength: given.length, maxLength: given.length }),
          ),
        ),
        ([given, shuffled]) => {
          const toCalls = (tuples: typeof given) => tuples.map(([a, b, at]) => call(a, b, at));
          expect(asText(toCalls(shuffled))).toBe(asText(toCalls(given)));
        },
      ),
    );
  });

  it('puts two ids together exactly if calls connect them', () => {
    fc.assert(
      fc.property(someCalls, (given) => {
        const customers = new Map(
          resolveAliases(given.map(([a, b, at]) => call(a, b, at))).map((alias) => [
            alias.user_id,
            alias.customer_id,
          ]),
        );
        for (const id of customers.keys()) {
          for (const other of customers.keys()) {
            expect(customers.get(id) === customers.get(other)).toBe(
              reachable(given, id).has(other),
            );
          }
        }
      }),
    );
  });
});

/** All ids that calls connect with one, found by walking. */
function reachable(calls: [string, string, number][], start: string): Set<string> {
  const found = new Set([start]);
  for (let before = 0; before < found.size;) {
    before = found.size;
    for (const [a, b] of calls) {
      if (found.has(a)) found.add(b);
      if (found.has(b)) found.add(a);
    }
  }
  return found;
}
