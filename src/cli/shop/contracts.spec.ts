import { Ajv2020 } from 'ajv/dist/2020.js';
import { readdirSync, readFileSync } from 'node:fs';
import type { JsonObject } from '../../contracts/json.js';
import { ShopSimulation } from './simulation.js';

const folder = new URL('../../contracts/events/', import.meta.url);
const schemas = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as JsonObject);

it('sends only events that keep their contract', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, schemas });
  const idOf = new Map(
    schemas.map((schema) => [schema['x-event'] ?? schema['x-call'], String(schema['$id'])]),
  );
  const broken: string[] = [];
  const seen = new Set<string>();
  const simulation = new ShopSimulation({ seed: 5, days: 14, until: '2026-04-30' });
  for (const event of simulation.events()) {
    const name = String(event['event'] ?? event['type']);
    seen.add(name);
    // A track call without a contract of its own keeps the general one.
    const validate = ajv.getSchema(idOf.get(name) ?? idOf.get(event['type'])!)!;
    if (!validate(event)) broken.push(`${name}: ${ajv.errorsText(validate.errors)}`);
  }
  expect([...new Set(broken)]).toEqual([]);
  expect(seen.size).toBe(15);
});
