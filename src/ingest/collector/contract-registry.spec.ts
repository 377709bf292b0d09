import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../contracts/json.js';
import { ContractRegistry, VIOLATIONS_MAX } from './contract-registry.js';

const EVENTS = join(import.meta.dirname, '../../contracts/events');
const ID_BASE = 'https://cartograph.dev/contracts/';
const registry = new ContractRegistry();

const track = (event: string, properties: JsonObject = {}): JsonObject => ({
  type: 'track',
  event,
  anonymousId: 'visitor-1',
  messageId: 'message-1',
  timestamp: '2026-01-05T10:00:00.000Z',
  properties,
});

const faults = (event: JsonObject) =>
  registry.check(event).violations.map(({ path, rule }) => `${path} ${rule}`);

const line = (more: JsonObject = {}): JsonObject => ({ product_id: 'p-1', price: 19.9, ...more });

describe('the contract files', () => {
  it.each(registry.list().map((contract) => [contract.name, contract] as const))(
    '%s carries its own name, call and meaning',
    (name, { version, call, event, title, description, schema }) => {
      expect(schema.$id).toBe(`${ID_BASE}${name}.v${version}.json`);
      expect(schema).toMatchObject({
        'x-call': call,
        'x-version': version,
      });
      expect(description).toMatch(/Send it|send any/);
      if (event !== undefined) expect(title).toBe(event);
      if (event !== undefined) expect(name).toBe(event.toLowerCase().replaceAll(' ', '_'));
      expect(JSON.stringify(schema)).not.toMatch(
        /additionalProperties|unevaluatedProperties|"format"/,
      );
    },
  );

  it('covers the 28 events of the Segment e-commerce spec, Order Reinstated and the three calls', () => {
    expect(registry.list().filter(({ event }) => event !== undefined)).toHaveLength(29);
    const generic = registry.list().filter(({ event }) => event === undefined);
    expect(generic.map(({ name }) => name)).toEqual(['identify', 'page', 'track']);
  });

  it('accept every example of the Segment spec', () => {
    const datasets = process.env.CARTOGRAPH_DATASETS;
    if (!datasets) {
      console.log('SKIPPED contract examples: CARTOGRAPH_DATASETS is not set');
      return;
    }
    const file = 'webhook_fixtures/segment/ecommerce_v2_track_examples.json';
    const examples = JSON.parse(readFileSync(join(datasets, file), 'utf8')) as JsonObject[];
    expect(examples.length).toBeGreaterThan(20);
    for (const example of examples) {
      const verdict = registry.check({ ...example, anonymousId: 'visitor-1' });
      expect(verdict).toMatchObject({ version: 1, violations: [] });
      expect(verdict.contract).not.toBe('track');
    }
  });
});

describe('choosing a contract', () => {
  it.each([
    'Order Completed',
    'order completed',
    'order_completed',
    'ORDER_COMPLETED',
    ' Order  Completed ',
  ])('%j is Order Completed', (name) => {
    expect(registry.canonicalEventName(name)).toBe('Order Completed');
    expect(registry.check(track(name)).contract).toBe('order_completed');
  });

  it.each([
    'OrderCompleted',
    'Signed Up',
    '',
    'toString',
    '__proto__',
    'track',
    'Order Completed'.repeat(20),
  ])('%j has no contract of its own and keeps its name', (name) => {
    expect(registry.canonicalEventName(name)).toBe(name);
    expect(registry.check(track(name)).contract).toBe('track');
  });

  it.each([
    ['page', 'page'],
    ['screen', 'page'],
    ['identify', 'identify'],
    ['group', 'identify'],
    ['alias', 'identify'],
  ])('a %s call meets the contract %s', (type, contract) => {
    expect(registry.check({ type, userId: 7 })).toEqual({ contract, version: 1, violations: [] });
    expect(faults({ type })).toEqual([' anyOf']);
  });

  it('accepts an unknown event with any properties, but not without a name or with a wrong type', () => {
    expect(faults(track('Signed Up', { plan: { deep: [1, null] } }))).toEqual([]);
    expect(faults({ ...track(''), event: '' })).toEqual(['/event minLength']);
    expect(faults(track('x'.repeat(201)))).toEqual(['/event maxLength']);
    expect(faults({ type: 'track', userId: 'u' })).toEqual(['/event required']);
    expect(faults({ ...track('Signed Up'), properties: [] })).toEqual(['/properties type']);
    expect(faults({ ...track('Signed Up'), type: 'purchase' })).toEqual(['/type const']);
  });

  it('prefers the highest version', () => {
    withContracts((directory) => {
      const next = { ...contractFile('cart_viewed'), $id: `${ID_BASE}cart_viewed.v10.json` };
      write(directory, 'cart_viewed.v10.json', { ...next, 'x-version': 10 });
      const own = new ContractRegistry(directory);
      expect(own.check(track('Cart Viewed')).version).toBe(10);
      const versions = own.list().filter(({ name }) => name === 'cart_viewed');
      expect(versions.map(({ version }) => version)).toEqual([1, 10]);
    });
  });
});

describe('whose event it is', () => {
  it.each([
    { userId: 'u' },
    { userId: 7 },
    { userId: null, anonymousId: 'a' },
    { userId: '', anonymousId: 'a' },
  ])('%j is enough', (ids) => expect(faults({ type: 'page', ...ids })).toEqual([]));

  it.each([{}, { userId: '' }, { userId: null }, { userId: '', anonymousId: null }])(
    '%j is not',
    (ids) =>
      expect(registry.check({ type: 'page', ...ids }).violations).toEqual([
        {
          path: '',
          rule: 'anyOf',
          message: expect.stringContaining('must have userId or anonymousId'),
        },
      ]),
  );
});

describe('the events that carry revenue', () => {
  it.each<[string, JsonObject]>([
    ['Order Completed', { order_id: 17, products: [line()] }],
    [
      'Order Completed',
      { order_id: 'o', total: '27.50', currency: 'eur', tax: null, is_test: true },
    ],
    ['Order Completed', { order_id: 'o', products: [], subtotal: 0, anything: { kept: [1] } }],
    [
      'Order Completed',
      { order_id: 'o', products: [line({ sku: '', quantity: '2', price: '3' })] },
    ],
    ['Order Updated', { order_id: 'o' }],
    ['Order Refunded', { order_id: 'o', refund_id: 3, products: [{ sku: 's', quantity: 1 }] }],
    ['Order Cancelled', { order_id: 'o' }],
    ['Product Viewed', { sku: 's', price: '18.99', quantity: null }],
    ['Products Searched', { query: '' }],
    ['Product List Viewed', { products: [{ name: 'no id, still a list', quantity: 0 }] }],
    ['Product Reviewed', { product_id: 'p', rating: '4.5', review_body: 'good' }],
  ])('%s accepts %j', (event, properties) => {
    expect(faults(track(event, properties))).toEqual([]);
  });

  it.each<[string, JsonObject, string[]]>([
    ['Order Completed', { total: 1 }, ['/properties/order_id required']],
    ['Order Completed', { order_id: '', total: 1 }, ['/properties/order_id minLength']],
    ['Order Completed', { order_id: null, total: 1 }, ['/properties/order_id type']],
    ['Order Completed', { order_id: 'o' }, ['/properties anyOf']],
    ['Order Completed', { order_id: 'o', products: [], total: null }, ['/properties anyOf']],
    ['Order Completed', { order_id: 'o', total: -1 }, ['/properties/total minimum']],
    ['Order Completed', { order_id: 'o', total: 2e12 }, ['/properties/total maximum']],
    ['Order Completed', { order_id: 'o', total: '1,99' }, ['/properties/total pattern']],
    ['Order Completed', { order_id: 'o', total: '€ 5' }, ['/properties/total pattern']],
    ['Order Completed', { order_id: 'o', total: 5, tax: {} }, ['/properties/tax type']],
    [
      'Order Completed',
      { order_id: 'o', total: 5, currency: 'euro' },
      ['/properties/currency pattern'],
    ],
    ['Order Completed', { order_id: 'o', total: 5, test: 'yes' }, ['/properties/test type']],
    [
      'Order Completed',
      { order_id: 'o', products: [{ sku: 's' }] },
      ['/properties/products/0/price required'],
    ],
    [
      'Order Completed',
      { order_id: 'o', products: [{ price: 1 }] },
      ['/properties/products/0 anyOf'],
    ],
    ['Order Completed', { order_id: 'o', products: [7] }, ['/properties/products/0 type']],
    [
      'Order Completed',
      { order_id: 'o', products: 'two' },
      ['/properties anyOf', '/properties/products type'],
    ],
    [
      'Order Completed',
      { order_id: 'o', products: [line({ quantity: 0 })] },
      ['/properties/products/0/quantity exclusiveMinimum'],
    ],
    [
      'Order Completed',
      { order_id: 'o', products: [line({ quantity: '0.0' })] },
      ['/properties/products/0/quantity pattern'],
    ],
    [
      'Order Completed',
      { order_id: 'o', products: Array.from({ length: 501 }, () => line()) },
      ['/properties/products maxItems'],
    ],
    ['Order Updated', {}, ['/properties/order_id required']],
    ['Order Refunded', { order_id: 'o', total: -30 }, ['/properties/total minimum']],
    [
      'Order Refunded',
      { order_id: 'o', products: [{ quantity: 1 }] },
      ['/properties/products/0 anyOf'],
    ],
    ['Order Cancelled', { total: 30 }, ['/properties/order_id required']],
    ['Product Added', { price: 3 }, ['/properties anyOf']],
    ['Product Removed', { sku: 's', quantity: -1 }, ['/properties/quantity exclusiveMinimum']],
    ['Products Searched', {}, ['/properties/query required']],
    ['Product Reviewed', { sku: 's', rating: 6 }, ['/properties/rating maximum']],
    ['Product Reviewed', { sku: 's', rating: '5.1' }, ['/properties/rating pattern']],
  ])('%s refuses %j', (event, properties, expected) => {
    expect(faults(track(event, properties)).sort()).toEqual(expected);
  });

  it('refuses an order without properties', () => {
    const { properties: _, ...bare } = track('Order Completed');
    expect(faults(bare)).toEqual(['/properties required']);
  });
});

describe('the reasons', () => {
  it('say what to do', () => {
    const event = track('Order Completed', { order_id: 'o', products: [{ price: 'free' }] });
    expect(registry.check(event)).toEqual({
      contract: 'order_completed',
      version: 1,
      violations: expect.arrayContaining([
        { path: '/properties/products/0', rule: 'anyOf', message: 'must have product_id or sku' },
        {
          path: '/properties/products/0/price',
          rule: 'pattern',
          message: expect.stringContaining('a decimal string such as 19.90'),
        },
      ]),
    });
  });

  it('speak of the rule that failed, not of its neighbour', () => {
    const event = track('Order Completed', { order_id: 'o', products: [7] });
    expect(registry.check(event).violations).toEqual([
      { path: '/properties/products/0', rule: 'type', message: 'must be object' },
    ]);
    expect(registry.check({ ...track('Signed Up'), type: 'x' }).violations).toEqual([
      { path: '/type', rule: 'const', message: 'must be "track"' },
    ]);
  });

  it(`are at most ${VIOLATIONS_MAX}, and leave the event as it was`, () => {
    const event = track('Order Completed', {
      order_id: 'o',
      products: Array<JsonObject>(400).fill({}),
    });
    const before = structuredClone(event);
    expect(registry.check(event).violations).toHaveLength(VIOLATIONS_MAX);
    expect(event).toEqual(before);
    expect(
      registry.check(track('Order Completed', { order_id: 'o', total: 1 })).violations,
    ).toEqual([]);
  });

  it('never echo a value of the event', () => {
    const secret = 'SECRET-VALUE';
    const fields = [
      'order_id',
      'total',
      'tax',
      'currency',
      'test',
      'products',
      'rating',
      'query',
      'price',
    ];
    const values = [secret, [secret], { [secret]: secret }];
    for (const { event = secret } of registry.list()) {
      for (const value of values) {
        const properties = Object.fromEntries(fields.map((field) => [field, value]));
        const ids = {
          userId: [secret],
          messageId: secret.repeat(20),
          context: secret,
          [secret]: 1,
        };
        const verdict = registry.check({ ...track(event, properties), ...ids });
        expect(verdict.violations.length).toBeGreaterThan(0);
        expect(JSON.stringify(verdict)).not.toContain(secret);
      }
    }
  });
});

function contractFile(name: string): JsonObject {
  return JSON.parse(readFileSync(join(EVENTS, `${name}.v1.json`), 'utf8')) as JsonObject;
}

function write(directory: string, file: string, content: JsonObject | string): void {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  writeFileSync(join(directory, file), text);
}

function withContracts(use: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'contracts-'));
  try {
    cpSync(EVENTS, directory, { recursive: true });
    use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe('a broken contract stops the boot and is named', () => {
  const sale = {
    ...contractFile('cart_viewed'),
    $id: `${ID_BASE}basket_seen.v1.json`,
    title: 'Basket Seen',
    'x-event': 'Basket Seen',
  };

  it('starts from a sound one', () => {
    withContracts((directory) => {
      write(directory, 'basket_seen.v1.json', sale);
      expect(new ContractRegistry(directory).canonicalEventName('basket_seen')).toBe('Basket Seen');
    });
  });

  it.each<[string, JsonObject | string, RegExp]>([
    ['not JSON', '{', /JSON/],
    ['not an object', '[]', /not a JSON object/],
    ['another draft', { ...sale, $schema: 'http://json-schema.org/draft-07/schema#' }, /\$schema/],
    ['another $id', { ...sale, $id: `${ID_BASE}cart_viewed.v1.json` }, /\$id/],
    ['another version', { ...sale, 'x-version': 2 }, /x-version/],
    ['an unknown call', { ...sale, 'x-call': 'purchase' }, /x-call/],
    ['a call that is taken', { ...sale, 'x-call': 'page' }, /x-call page/],
    ['no event name', { ...sale, 'x-event': ' ' }, /x-event/],
    ['no title', { ...sale, title: '' }, /title/],
    ['no description', { ...sale, description: '' }, /description/],
    ['an unknown keyword', { ...sale, minimun: 3 }, /minimun/],
    ['an invalid schema', { ...sale, required: 'event' }, /required/],
    ['a dangling reference', { ...sale, $ref: '_types.json#/$defs/nothing' }, /nothing/],
  ])('%s', (_, content, reason) => {
    withContracts((directory) => {
      write(directory, 'basket_seen.v1.json', content);
      const boot = () => new ContractRegistry(directory);
      expect(boot).toThrow(/basket_seen\.v1\.json: /);
      expect(boot).toThrow(reason);
    });
  });

  it('two contracts for one event name, both named', () => {
    withContracts((directory) => {
      write(directory, 'basket_seen.v1.json', { ...sale, 'x-event': 'cart_viewed' });
      const reason = /cart_viewed\.v1\.json: is a duplicate.* basket_seen/;
      expect(() => new ContractRegistry(directory)).toThrow(reason);
    });
  });

  it('a file whose name is no contract name', () => {
    withContracts((directory) => {
      write(directory, 'Basket.json', { ...sale, $id: `${ID_BASE}Basket.json` });
      expect(() => new ContractRegistry(directory)).toThrow(/Basket\.json: must be named/);
    });
  });

  it('a folder without the generic track contract', () => {
    withContracts((directory) => {
      rmSync(join(directory, 'track.v1.json'));
      expect(() => new ContractRegistry(directory)).toThrow(/track\.v1\.json is missing/);
    });
  });
});
