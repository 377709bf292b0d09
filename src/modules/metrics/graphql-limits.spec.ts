import { buildSchema, GraphQLError, parse, specifiedRules, validate } from 'graphql';
import { CodedError, ERRORS } from '../../contracts/errors.js';
import {
  GRAPHQL_COSTS,
  GRAPHQL_LIMIT_RULES,
  GRAPHQL_LIMITS,
  graphqlCost,
} from './graphql-limits.js';
import { GRANULARITIES, MAX_POINTS } from './range.js';

const schema = buildSchema(`
  enum Granularity { hour day week month }
  type Tree { leaf: Int, tree(limit: Int): Tree }
  type Query {
    summary(from: String): Tree
    series(from: String, to: String, granularity: Granularity! = day): Tree
    list(limit: Int! = 50): Tree
    heavy: Tree
  }
`);
schema.getQueryType()!.getFields()['heavy']!.extensions = { complexity: 90 };

const NOW = new Date('2026-02-01T12:00:00Z');

const codesOf = (query: string) =>
  validate(schema, parse(query), [...specifiedRules, ...GRAPHQL_LIMIT_RULES]).map(
    ({ originalError }) => (originalError instanceof CodedError ? originalError.code : 'other'),
  );
const costOf = (query: string, variables: object = {}, operationName?: string) =>
  graphqlCost(schema, parse(query), { variables, operationName: operationName ?? null }, NOW);

/** `tree { tree { … leaf } }` of so many levels. */
const tree = (levels: number): string => (levels === 1 ? 'leaf' : `tree { ${tree(levels - 1)} }`);
const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');

describe('the remedies', () => {
  it.each([
    ['query_too_large', GRAPHQL_LIMITS.tokens.toLocaleString('en')],
    ['query_too_deep', `${GRAPHQL_LIMITS.depth} levels`],
    ['query_too_deep', `at most ${GRAPHQL_LIMITS.nesting}`],
    ['too_many_aliases', `${GRAPHQL_LIMITS.aliases} aliases`],
    ['query_too_costly', `cost ${GRAPHQL_LIMITS.cost}:`],
    ['query_too_costly', `costs ${GRAPHQL_COSTS.rootField}, and 1 for`],
    ['query_too_costly', `${GRAPHQL_COSTS.rowsAPoint} rows`],
  ] as const)('of %s names the limit: %s', (code, words) => {
    expect(ERRORS[code]).toMatchObject({ status: 400 });
    expect(ERRORS[code].remedy).toContain(words);
  });
});

describe('depth', () => {
  const { depth } = GRAPHQL_LIMITS;
  const field = (levels: number) => `{ summary { ${tree(levels - 1)} } }`;

  it('is taken up to the limit and refused beyond', () => {
    expect(codesOf(field(depth))).toEqual([]);
    expect(codesOf(field(depth + 1))).toEqual(['query_too_deep']);
  });

  it('counts through fragments and whatever directives say', () => {
    const named = `{ summary { ...A } } fragment A on Tree { ${tree(depth - 4)} tree { ...B } }
      fragment B on Tree { tree { ...C } } fragment C on Tree`;
    expect(codesOf(`${named} { ${tree(depth - 3)} }`)).toEqual([]);
    expect(codesOf(`${named} { ${tree(depth - 2)} }`)).toEqual(['query_too_deep']);
    const skipped = `{ summary { tree @skip(if: true) { ${tree(depth)} } } }`;
    expect(codesOf(skipped)).toEqual(['query_too_deep']);
    expect(codesOf(`{ summary { ... { ... on Tree { ${tree(depth)} } } } }`)).toEqual([
      'query_too_deep',
    ]);
  });

  it('bounds fragments in fragments, and takes the usual ones', () => {
    const inline = (levels: number) =>
      `{ ${'... { '.repeat(levels)}summary { leaf }${' }'.repeat(levels)} }`;
    expect(codesOf(inline(10))).toEqual([]);
    expect(codesOf(inline(20))).toEqual(['query_too_deep']);
    const panels = `{ summary { ...A } } fragment A on Tree { leaf tree { ...B } }
      fragment B on Tree { leaf tree { ...C } } fragment C on Tree { leaf }`;
    expect(codesOf(panels)).toEqual([]);
  });

  it('is reported once for several operations', () => {
    const two = `query a ${field(30)} query b ${field(30)}`;
    expect(codesOf(two)).toEqual(['query_too_deep']);
  });

  it('takes a cycle of fragments for what it is', () => {
    const cycle = `{ summary { ...A } } fragment A on Tree { tree { ...B } }
      fragment B on Tree { tree { ...A } }`;
    expect(codesOf(cycle)).toEqual(['other']);
  });

  it('leaves introspection to its own limit', () => {
    const ofType = (levels: number): string =>
      levels ? `ofType { ${ofType(levels - 1)} }` : 'name';
    expect(codesOf(`{ __schema { types { fields { type { ${ofType(9)} } } } } }`)).toEqual([]);
    const lists = 'fields { type { fields { type { fields { name } } } } }';
    expect(codesOf(`{ __schema { types { ${lists} } } }`)).toEqual(['other']);
  });
});

describe('aliases', () => {
  const { aliases } = GRAPHQL_LIMITS;
  const leaves = (count: number, name = 'leaf') => times(count, (index) => `a${index}: ${name}`);

  it('are taken up to the limit and refused beyond', () => {
    expect(codesOf(`{ summary { ${leaves(aliases)} } }`)).toEqual([]);
    expect(codesOf(`{ summary { ${leaves(aliases + 1)} } }`)).toEqual(['too_many_aliases']);
  });

  it('count in every use of a fragment, of any name, whatever directives say', () => {
    const half = `fragment F on Tree { ${leaves(aliases / 2 + 1)} }`;
    expect(codesOf(`{ summary { ...F } } ${half}`)).toEqual([]);
    expect(codesOf(`{ summary { ...F tree { ...F } } } ${half}`)).toEqual(['too_many_aliases']);
    expect(codesOf(`{ summary { ${leaves(51, '__typename')} } }`)).toEqual(['too_many_aliases']);
    const skipped = `{ summary { ${times(51, (index) => `a${index}: leaf @skip(if: true)`)} } }`;
    expect(codesOf(skipped)).toEqual(['too_many_aliases']);
  });

  it('are counted fast where fragments double', () => {
    const doubled = times(100, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`);
    const query = `{ ...F0 } ${doubled} fragment F100 on Query { a: summary { leaf } }`;
    expect(codesOf(query)).toContain('too_many_aliases');
  });
});

describe('cost', () => {
  it.each([
    ['{ summary { leaf } }', 10],
    ['{ __typename }', 0],
    ['{ __schema { types { name } } }', 0],
    ['{ list { leaf } }', 10.5],
    ['{ list(limit: 1000) { leaf } }', 20],
    ['{ list(limit: -100000) { leaf } }', 10],
    // Thirty days, a day's hours, four weeks of seven days; then what a resolver refuses.
    ['{ series { leaf } }', 10.3],
    ['{ series(granularity: hour, from: "2026-01-01", to: "2026-01-02") { leaf } }', 10.24],
    ['{ series(granularity: week, from: "2026-01-01", to: "2026-01-29") { leaf } }', 10.04],
    ['{ series(granularity: day, from: "2026-01-02", to: "2026-01-01") { leaf } }', 10],
    ['{ series(from: "yesterday") { leaf } }', 10],
    ['{ series(granularity: hour, from: "1970-01-01") { leaf } }', 10 + MAX_POINTS / 100],
    // Below the root nothing is queried.
    ['{ summary { tree(limit: 1000) { tree { leaf } } } }', 10],
    ['{ a: summary { leaf } b: summary { leaf } summary { leaf } summary { leaf } }', 40],
    ['{ ...F ... on Query { ...F } } fragment F on Query { list(limit: 100) { leaf } }', 22],
    ['{ summary { leaf } list @skip(if: true) { leaf } heavy @include(if: false) { leaf } }', 10],
    ['{ heavy { leaf } summary { leaf } }', 100],
  ])('of %s is %d', (query, cost) => {
    expect(costOf(query)).toBeCloseTo(cost, 6);
  });

  it('follows the variables, their defaults and the operation asked for', () => {
    const query = `query one($n: Int! = 100, $skip: Boolean! = false) {
      list(limit: $n) { leaf } summary @skip(if: $skip) { leaf } }
      query two { heavy { leaf } }`;
    expect(costOf(query, {}, 'one')).toBe(21);
    expect(costOf(query, { n: 900, skip: true }, 'one')).toBe(19);
    expect(costOf(query, {}, 'two')).toBe(90);
  });

  it.each(GRANULARITIES)('of a series by %s grows with its range', (granularity) => {
    const costs = ['2026-01-25', '2025-01-01', '2015-01-01'].map((from) =>
      costOf(`{ series(from: "${from}", granularity: ${granularity}) { leaf } }`),
    );
    expect(costs).toEqual([...costs].sort((a, b) => a - b));
    expect(new Set(costs).size).toBe(3);
  });

  it('is not evaded by an argument that only spoils its own field', () => {
    const query = 'query ($n: Int = 5) { list(limit: $n) { leaf } b: list(limit: 1000) { leaf } }';
    const refused = () => costOf(query, { n: null });
    expect(refused).toThrow(GraphQLError);
    expect(refused).toThrow(/must not be null/);
    expect(() => costOf('query ($n: Int!) { list(limit: $n) { leaf } }', {})).toThrow(/\$n/);
  });

  it('of fragments that double is refused before it is counted', () => {
    const doubled = times(100, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`);
    const query = `{ ...F0 } ${doubled} fragment F100 on Query { summary { leaf } }`;
    expect(() => costOf(query)).toThrow(/query_too_costly/);
  });
});
