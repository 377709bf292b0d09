import { compileProject, type ModelFile } from './compile.js';
import { ancestors } from './graph.js';

const contract = (kind = 'view') => `
description: A test model.
grain: one row a test
kind: ${kind}
owner: data
columns:
  - { name: id, type: String, description: The id. }
`;

const pair = (path: string, sql: string, yml = contract()): ModelFile[] => [
  { path: `${path}.sql`, text: sql },
  { path: `${path}.yml`, text: yml },
];

const BY_DAY = `
description: A test model.
grain: one row an id
kind: upsert
schedule: streaming
owner: data
key: [id]
time_column: at
partition_by: day
order_by: [id, at]
increments: [{ from: bronze.events }]
columns:
  - { name: id, type: String, description: The id. }
  - { name: at, type: Date, description: The day. }
`;

const sources: ModelFile = {
  path: '1_bronze/_sources.yml',
  text: 'sources: [{ name: bronze.events, description: Events., freshness_seconds: 300 }]',
};

describe('compileProject', () => {
  it('resolves references and orders models after what they read', () => {
    const project = compileProject([
      sources,
      ...pair('3_gold/b', "select * from ref('silver.a')"),
      ...pair(
        '2_silver/a',
        "-- from ref('silver.commented')\nselect * from source('bronze.events')",
      ),
    ]);
    expect(project.models.map(({ name }) => name)).toEqual(['silver.a', 'gold.b']);
    expect(project.models[0]!.sql).toBe('select * from bronze.events');
    expect(project.models[1]!.upstream).toEqual(['silver.a']);
    expect(project.sources[0]!.name).toBe('bronze.events');
  });

  it('puts the reporting currency in, and tells the definitions under two currencies apart', () => {
    const files = [
      ...pair('2_silver/a', 'select reporting_currency() as currency'),
      ...pair('2_silver/b', "select 'USD' as currency"),
    ];
    const [a, b] = compileProject(files).models;
    const [other, same] = compileProject(files, { reportingCurrency: 'EUR' }).models;
    expect([a!.sql, other!.sql]).toEqual(["select 'USD' as currency", "select 'EUR' as currency"]);
    expect(other!.hash).not.toBe(a!.hash);
    expect(same!.hash).toBe(b!.hash);
    expect(() => compileProject(files, { reportingCurrency: "' or 1 --" })).toThrow('ISO 4217');
  });

  it('names the chain of a cycle', () => {
    const files = [
      ...pair('2_silver/a', "select * from ref('silver.c')"),
      ...pair('2_silver/b', "select * from ref('silver.a')"),
      ...pair('2_silver/c', "select * from ref('silver.b')"),
    ];
    expect(() => compileProject(files)).toThrow('silver.a → silver.c → silver.b → silver.a');
  });

  it('names the chain of an unknown reference', () => {
    expect(() => compileProject(pair('3_gold/x', "select 1 from ref('silver.ordres')"))).toThrow(
      'gold.x → silver.ordres',
    );
  });

  it.each([
    [
      'a missing contract',
      [{ path: '2_silver/a.sql', text: 'select 1' }],
      '2_silver/a.yml is missing',
    ],
    [
      'a missing SQL file',
      [{ path: '2_silver/a.yml', text: contract() }],
      '2_silver/a.sql is missing',
    ],
    ['a wrong path', pair('silver/a', 'select 1'), 'expected <n>_<layer>'],
    [
      'an unknown key',
      pair('2_silver/a', 'select 1', `${contract()}\nkindd: view`),
      '2_silver/a.yml: / must NOT have additional',
    ],
    [
      'an append without dedup',
      pair('2_silver/a', 'select 1', contract('append')),
      "required property 'dedup'",
    ],
    [
      'a key whose versions may stand on two sides of the border of months',
      [sources, ...pair('2_silver/a', 'select 1', BY_DAY)],
      'silver.a: by day, its key and order_by must contain at',
    ],
    [
      'an unknown check',
      pair('2_silver/a', 'select 1', `${contract()}\nchecks: [{ type: guess }]`),
      '2_silver/a.yml: /checks/0',
    ],
  ])('refuses %s', (_, files, message) => {
    expect(() => compileProject(files as ModelFile[])).toThrow(message);
  });

  it('changes the hash with what shapes the rows, not with words about them', () => {
    const hash = (sql: string, yml: string) =>
      compileProject(pair('2_silver/a', sql, yml)).models[0]!.hash;
    const base = hash('select 1', contract());
    expect(hash('select 2', contract())).not.toBe(base);
    expect(hash('select 1', contract().replace('type: String', 'type: UInt8'))).not.toBe(base);
    expect(hash('select 1', contract().replace('A test', 'Another'))).toBe(base);
    expect(hash('select 1', contract())).toBe(base);
  });
});

describe('ancestors', () => {
  it('finds everything upstream once', () => {
    const edges = new Map([
      ['d', ['b', 'c']],
      ['b', ['a']],
      ['c', ['a']],
    ]);
    expect([...ancestors(edges, 'd')].sort()).toEqual(['a', 'b', 'c']);
  });
});
