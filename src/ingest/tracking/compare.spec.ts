import { compareProperties, type SeenProperties } from './compare.js';

const seen = (given: Record<string, Record<string, number>>): SeenProperties =>
  new Map(Object.entries(given).map(([name, types]) => [name, new Map(Object.entries(types))]));
const declared = (given: Record<string, string[] | null>) => new Map(Object.entries(given));

describe('compareProperties', () => {
  it('finds nothing where all is as declared', () => {
    const comparison = compareProperties(
      seen({ price: { integer: 3, number: 1 }, name: { string: 3, null: 1 } }),
      declared({ price: ['number'], name: ['string', 'null'] }),
      4,
    );
    expect(comparison).toEqual({
      undeclared_properties: [],
      never_seen_properties: [],
      type_drift: [],
    });
  });

  it('orders undeclared properties by how often they come', () => {
    const { undeclared_properties: found } = compareProperties(
      seen({ rare: { string: 1 }, often: { string: 2, integer: 1 }, b: { null: 1 } }),
      declared({}),
      4,
    );
    expect(found.map(({ name, share }) => [name, share])).toEqual([
      ['often', 0.75],
      ['b', 0.25],
      ['rare', 0.25],
    ]);
  });

  it('never tells of a share above the whole', () => {
    const { undeclared_properties: found } = compareProperties(
      seen({ 'list[].a': { string: 4, integer: 4 } }),
      declared({}),
      4,
    );
    expect(found[0]!.share).toBe(1);
  });

  it.each<[string[] | null, Record<string, number>, string | null]>([
    [['number'], { string: 1 }, 'not_declared'],
    [['number'], { integer: 1 }, null],
    [['integer'], { number: 1 }, 'not_declared'],
    [['string'], { string: 1, null: 1 }, 'not_declared'],
    [['string', 'number'], { string: 1, integer: 1 }, 'mixed'],
    [['string', 'null'], { string: 1, null: 1 }, null],
    [['number'], { integer: 1, number: 1 }, null],
    [null, { boolean: 1 }, null],
    [null, { boolean: 1, object: 1 }, 'mixed'],
  ])('declared %j and seen %j is %s', (types, found, kind) => {
    const { type_drift: drift } = compareProperties(seen({ x: found }), declared({ x: types }), 2);
    expect(drift[0]?.kind ?? null).toBe(kind);
  });

  it('has no shares of nothing', () => {
    const { never_seen_properties: never } = compareProperties(seen({}), declared({ a: null }), 0);
    expect(never).toEqual(['a']);
  });
});
