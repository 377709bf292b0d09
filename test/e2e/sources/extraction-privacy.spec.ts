/** What an extraction takes: it writes nothing to the shop, and no person into the warehouse. */
import { Checkpoints, type Position } from '../../../src/ingest/sources/database/checkpoints.js';
import { createTestShop, type TestShop } from '../../support/shop.js';
import { controlRows, findAny, searchWarehouse } from '../process/privacy-search.js';
import { counts, ExtractingService, shippedMapping } from './extracting.js';

const AT = '2026-03-02T09:00:00Z';
const USER = 'cartograph_reader_of_privacy';
const ANN = { email: 'Ann.Quodlibet@Mail.example', name: 'Ann Quodlibet' };
/** A shop whose customers are known by their e-mails. */
const KEY = 'ben.ultramarine@mail.example';
const BEN = { email: 'ben@ultramarine.example', name: 'Ben Ultramarine' };
const LEFT_OUT = { email: 'cleo@vermilion.example', name: 'Cleo Vermilion' };
const NEEDLES = ['quodlibet', 'ultramarine', 'vermilion', 'ben@', 'Cleo', 'Ann Q'];

/** The shipped mapping; but customers without a country are left out. */
const MAPPING = shippedMapping().replace(
  '      - entity: customers\n',
  `      - when: { country: { equals: '' } }
        ignore: without a country
      - when: { country: { equals: none } }
        ignore: without a country
      - entity: customers\n`,
);

interface Written {
  relname: string;
  inserted: string;
  updated: string;
  deleted: string;
}

/** What was ever written, by PostgreSQL's own count. */
async function writes(shop: TestShop): Promise<Written[]> {
  await shop.rows('select pg_stat_force_next_flush()');
  return shop.rows<Written>(
    `select relname, n_tup_ins as inserted, n_tup_upd as updated, n_tup_del as deleted
     from pg_stat_user_tables order by relname`,
  );
}

describe('an extraction by a user who may only read', () => {
  let shop: TestShop;
  let warehouse: ExtractingService;

  beforeAll(async () => {
    shop = await createTestShop();
    await shop.addUser('ann', { ...ANN, at: AT });
    await shop.addUser(KEY, { ...BEN, at: AT });
    await shop.addUser('c-3', { ...LEFT_OUT, at: AT });
    await shop.rows(`update users set country = 'none' where id = 'c-3'`);
    await shop.addItem('mug', 10, AT);
    await shop.place('A', { at: AT, user: 'ann' });
    await shop.place('B', { at: AT, user: KEY });
    await shop.addReader(USER, 'open-sesame');
    const url = new URL(shop.url);
    Object.assign(url, { username: USER, password: 'open-sesame' });
    warehouse = await ExtractingService.open(url.toString(), { mapping: MAPPING });
  });

  it('leaves the shop database as it was, row by row and by its own count', async () => {
    const before = { rows: await shop.dump(), writes: await writes(shop) };
    expect(before.writes).toContainEqual(
      expect.objectContaining({ relname: 'users', inserted: '3', updated: '1' }),
    );
    expect(await warehouse.extract()).toEqual(counts({ read: 6, loaded: 5, ignored: 1 }));
    await warehouse.extract({ deletions: true });
    await warehouse.extract({ full: true });
    const [relation] = await shop.rows(
      `select 1 from pg_class where relowner = '${USER}'::regrole`,
    );
    expect(relation).toBeUndefined();
    expect({ rows: await shop.dump(), writes: await writes(shop) }).toEqual(before);
  });

  it('gives a customer the token that an identify event gives', async () => {
    await warehouse.send({
      type: 'identify',
      messageId: 'identify-ann',
      userId: 'ann',
      timestamp: AT,
      traits: { email: ANN.email.toUpperCase() },
    });
    const tokens = await warehouse.rows<{ email: string }>(
      `select JSONExtractString(payload, 'email') as email from bronze.records
       where entity = 'customers' and record_id = 'ann'
       union all
       select JSONExtractString(payload, 'traits', 'email') as email from bronze.events`,
    );
    const { tokeniser } = warehouse.service.platform;
    const email = tokeniser.token('email', ANN.email);
    expect(email).toMatch(/^eml_[0-9a-f]{32}$/);
    expect(tokens).toEqual([{ email }, { email }]);
  });

  it('puts the token of a key in its place, and finds the order and its customer by it', async () => {
    await warehouse.run();
    const token = warehouse.service.platform.tokeniser.token('email', KEY);
    const [order] = await warehouse.rows<object>(
      `select customer_id, country from gold.fct_orders where order_id = 'B'`,
    );
    expect(order).toEqual({ customer_id: token, country: 'DE' });
    const [record] = await warehouse.rows<object>(
      `select source_key from bronze.records where record_id = '${token}'`,
    );
    expect(record).toEqual({ source_key: `users:${token}` });
  });

  it('keeps the key up to which it has come encrypted, and goes on there', async () => {
    const checkpoints = new Checkpoints(warehouse.service.platform, 'a-source-of-its-own');
    const position: Position = { phase: 'all', after: KEY, since: AT, xmin: '7' };
    await checkpoints.save('users', 'hash', position);
    expect(await checkpoints.find('users', 'hash')).toEqual(position);
    expect(await checkpoints.find('users', 'another hash')).toBeNull();
    const { source_checkpoints: rows } = await controlRows(warehouse.service.platform.controlDb);
    expect(rows).toContain('a-source-of-its-own');
    expect(findAny(rows!, NEEDLES)).toEqual([]);
  });

  it('leaves nobody’s data in the warehouse, nor in the open anywhere else', async () => {
    await shop.delete('users', 'id', KEY);
    expect((await warehouse.extract({ deletions: true })).loaded).toBe(1);
    await warehouse.run();
    const { warehouse: engine, controlDb, vault, tokeniser } = warehouse.service.platform;
    expect(await searchWarehouse(engine, ['mug'])).toContain('bronze.records.payload');
    expect(await searchWarehouse(engine, NEEDLES)).toEqual([]);
    const stored = await controlRows(controlDb);
    expect(stored['pii_vault']).toContain('customers.email');
    expect(findAny(JSON.stringify(stored), NEEDLES)).toEqual([]);
    const opened = await vault.open(tokeniser.token('email', KEY));
    expect(opened.map(({ value }) => value)).toEqual(expect.arrayContaining(Object.values(BEN)));
  });
});
