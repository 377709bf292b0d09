import { compileProject } from './compile.js';
import { derivedColumns, historyChecks } from './scd2.js';

const CONTRACT = `
description: Versions.
grain: one version of one thing
kind: scd2
schedule: streaming
owner: data
key: [thing_id]
partition_by: none
order_by: [thing_id, valid_from]
increments: [{ from: bronze.things }]
columns:
  - { name: thing_id, type: String, description: The thing. }
  - { name: valid_from, type: "DateTime64(3, 'UTC')", description: Since when. }
  - { name: colour, type: String, description: Its colour. }
  - { name: is_deleted, type: Bool, description: Whether it is no more. }
checks:
  - { type: not_null, columns: [thing_id] }
`;
const SOURCES = 'sources: [{ name: bronze.things, description: Things., freshness_seconds: 60 }]';

function compile(contract: string) {
  const { models } = compileProject([
    { path: '1_bronze/_sources.yml', text: SOURCES },
    { path: '2_silver/things.sql', text: "select * from source('bronze.things')" },
    { path: '2_silver/things.yml', text: contract },
  ]);
  return models[0]!;
}

it('knows a row by its key and its start, and recomputes a key whole', () => {
  const model = compile(CONTRACT);
  expect(model.key).toEqual(['thing_id', 'valid_from']);
  expect(model.recompute_by).toEqual(['thing_id']);
  expect(model.checks).toEqual([{ type: 'not_null', columns: ['thing_id'], severity: 'error' }]);
});

it('adds what follows from the next version, and what must hold of all of them', () => {
  const model = compile(CONTRACT);
  expect(derivedColumns(model).map(({ name }) => name)).toEqual(['valid_to', 'is_current']);
  const checks = historyChecks(model).map((check) => ('name' in check ? check.name : ''));
  expect(checks).toEqual(['no_overlap', 'no_gap', 'each_version_differs']);
  expect(JSON.stringify(historyChecks(model))).toContain('tuple(colour, is_deleted)');
  expect(derivedColumns({ ...model, kind: 'upsert' })).toEqual([]);
});

it.each([
  ['without valid_from', ['name: valid_from', 'name: since'], 'a column valid_from of type'],
  ['without is_deleted', ['type: Bool', 'type: UInt8'], 'a column is_deleted of type Bool'],
  ['that sets rows aside', ['[thing_id] }', '[thing_id], severity: row }'], 'sets no row aside'],
])('refuses a contract %s', (_, [text, instead], reason) => {
  const contract = CONTRACT.replace(text!, instead!);
  expect(() => compile(contract)).toThrow(`2_silver/things.yml: a model of kind scd2`);
  expect(() => compile(contract)).toThrow(reason);
});
