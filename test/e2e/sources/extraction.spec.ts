/** Extraction from a shop's database: all of it once, then what changed, and nothing lost between. */
import { createTestShop, type TestShop } from '../../support/shop.js';
import { counts, ExtractingService, shippedMapping } from './extracting.js';

/** Long before any pass, and beyond its overlap. */
const DAY = '2026-03-02';
const at = (time: string) => `${DAY}T${time}Z`;

/** Three customers, two items, and the orders A (two lines), B and C: nine rows. */
async function openShop(): Promise<TestShop> {
  const shop = await createTestShop();
  for (const user of ['ann', 'ben', 'cleo']) await shop.addUser(user, { at: at('08:00:00') });
  await shop.addItem('mug', 10, at('08:00:00'));
  await shop.addItem('lamp', 12.5, at('08:00:00'));
  await shop.place('A', {
    at: at('09:00:00'),
    user: 'ann',
    lines: [
      { quantity: 2, tax: 1 },
      { item: 'lamp', price: 12.5, discount: 0.5 },
    ],
  });
  await shop.place('B', { at: at('10:00:00'), user: 'ben', status: 'pending' });
  await shop.place('C', { at: at('11:00:00') });
  return shop;
}

describe('a shop that is read by changed_at', () => {
  let shop: TestShop;
  let warehouse: ExtractingService;
  const orders = () =>
    warehouse.rows<object>(
      `select order_id, status, toString(gross) as gross, toString(discount) as discount,
         customer_id, country, toString(placed_at) as placed_at
       from gold.fct_orders order by order_id`,
    );
  const order = (id: string, changes: object = {}) => ({
    ...{ order_id: id, status: 'paid', gross: '10', discount: '0', country: 'DE' },
    ...changes,
  });

  beforeAll(async () => {
    shop = await openShop();
    warehouse = await ExtractingService.open(shop.url);
  });
  afterAll(() => warehouse.stop());

  it('is read whole the first time', async () => {
    expect(await warehouse.extract()).toEqual(counts({ read: 9, loaded: 9 }));
    await warehouse.run();
    expect(await orders()).toEqual([
      order('A', {
        ...{ gross: '32.5', discount: '0.5', customer_id: 'ann' },
        placed_at: '2026-03-02 09:00:00.000',
      }),
      order('B', {
        ...{ status: 'pending', customer_id: 'ben' },
        placed_at: '2026-03-02 10:00:00.000',
      }),
      order('C', {
        ...{ customer_id: '', country: 'unknown' },
        placed_at: '2026-03-02 11:00:00.000',
      }),
    ]);
  });

  it('gives nothing to a pass when nothing changed', async () => {
    expect(await warehouse.extract()).toEqual(counts({}));
  });

  it('takes many that are asked for at once, one after the other', async () => {
    const asked = Array.from({ length: 8 }, () => warehouse.extract());
    for (const told of await Promise.all(asked)) expect(told).toEqual(counts({}));
  });

  it('gives the rows that changed and no others', async () => {
    await shop.pay('B');
    await shop.edit('users', ['id', 'cleo'], { country: 'AT' });
    await shop.place('D', { at: at('12:00:00'), updatedAt: new Date().toISOString() });
    expect(await warehouse.extract()).toEqual(counts({ read: 3, loaded: 3 }));
    await warehouse.run();
    expect(await orders()).toMatchObject([
      { order_id: 'A' },
      { order_id: 'B', status: 'paid' },
      { order_id: 'C' },
      { order_id: 'D', status: 'paid', gross: '10' },
    ]);
  });

  it('gives them again while they are recent, and they are known', async () => {
    const standing = await warehouse.rows('select count() as n from bronze.records');
    expect(await warehouse.extract()).toEqual(counts({ read: 3, unchanged: 3 }));
    expect(await warehouse.rows('select count() as n from bronze.records')).toEqual(standing);
  });

  it('gives up what a transaction wrote that outlived the pass in which it began', async () => {
    const slow = await shop.session();
    await slow.rows('begin');
    await slow.cancel('C');
    expect((await warehouse.extract()).loaded).toBe(0);
    await slow.rows('commit');
    const since = await warehouse.checkpoint('purchases', 'since');
    const [late] = await shop.rows<{ is_late: boolean }>(
      `select updated_at < $1 as is_late from purchases where order_number = 'C'`,
      [since],
    );
    expect(late).toEqual({ is_late: true });
    expect((await warehouse.extract()).loaded).toBe(1);
    await warehouse.run();
    expect((await orders())[2]).toMatchObject({ order_id: 'C', status: 'cancelled' });
  });

  it('gives up a row that is older than any overlap once keys are compared', async () => {
    await shop.place('E', { at: at('13:00:00') });
    expect((await warehouse.extract()).loaded).toBe(0);
    await warehouse.extract({ deletions: true });
    expect((await warehouse.extract()).loaded).toBe(1);
    expect((await warehouse.extract()).read).toBeLessThan(10);
  });

  it('is read anew when it is asked for in full, and nothing of it is new', async () => {
    expect(await warehouse.extract({ full: true })).toEqual(counts({ read: 11, unchanged: 11 }));
  });
});

describe('rows that are deleted', () => {
  let shop: TestShop;
  let warehouse: ExtractingService;

  beforeAll(async () => {
    shop = await openShop();
    warehouse = await ExtractingService.open(shop.url);
    await warehouse.extract();
    await shop.delete('purchases', 'order_number', 'A');
    await shop.delete('purchases', 'order_number', 'B');
    await shop.delete('users', 'id', 'cleo');
  });
  afterAll(() => warehouse.stop());

  it('are found when keys are compared, once', async () => {
    expect(await warehouse.extract()).toEqual(counts({}));
    expect(await warehouse.extract({ deletions: true })).toEqual(counts({ read: 4, loaded: 4 }));
    expect(await warehouse.extract({ deletions: true })).toEqual(counts({}));
    await warehouse.run();
    expect(await warehouse.orderIds()).toEqual(['C']);
    expect(await warehouse.rows('select 1 from operations.source_keys')).toEqual([]);
  });

  it('come back when they reappear, also with the time of change that they had', async () => {
    await shop.place('B', { at: at('10:00:00'), updatedAt: new Date().toISOString() });
    const lines = [{ id: 1, quantity: 2 }, { id: 2 }];
    await shop.place('A', { at: at('09:00:00'), user: 'ann', lines });
    expect((await warehouse.extract()).loaded).toBe(1);
    expect((await warehouse.extract({ deletions: true })).loaded).toBe(0);
    expect((await warehouse.extract()).loaded).toBe(2);
    expect((await warehouse.extract({ deletions: true })).loaded).toBe(0);
    expect(await warehouse.checkpoint('purchases', 'phase')).toBe('changes');
    await warehouse.run();
    expect(await warehouse.orderIds()).toEqual(['A', 'B', 'C']);
  });
});

describe('a shop whose tables tell no time of change', () => {
  let shop: TestShop;
  let warehouse: ExtractingService;

  beforeAll(async () => {
    shop = await openShop();
    const mapping = shippedMapping().replaceAll('changed_at: updated_at', '');
    warehouse = await ExtractingService.open(shop.url, { mapping });
  });
  afterAll(() => warehouse.stop());

  it('is read whole, and then what changed', async () => {
    expect(await warehouse.extract()).toEqual(counts({ read: 9, loaded: 9 }));
    await shop.rows(`update purchases set quantity = 3 where order_number = 'B'`);
    expect((await warehouse.extract()).loaded).toBe(1);
    expect((await warehouse.extract()).loaded).toBe(0);
  });

  it('gives up a row of a lower key that was committed after one of a higher key', async () => {
    const slow = await shop.session();
    await slow.rows('begin');
    await slow.place('D', { at: at('12:00:00'), lines: [{ id: 100 }] });
    await shop.place('E', { at: at('12:01:00'), lines: [{ id: 101 }] });
    expect((await warehouse.extract()).loaded).toBe(1);
    expect(await warehouse.recordIds('order_lines')).toContain('101');
    await slow.rows('commit');
    // Whoever went on from the highest key would not see it.
    expect(await shop.rows('select id from purchases where id > 101')).toEqual([]);
    expect((await warehouse.extract()).loaded).toBe(1);
    expect(await warehouse.recordIds('order_lines')).toContain('100');
    expect((await warehouse.extract()).loaded).toBe(0);
  });

  it('gives up what was deleted', async () => {
    await shop.delete('purchases', 'id', 101);
    expect((await warehouse.extract({ deletions: true })).loaded).toBe(1);
    await warehouse.run();
    expect(await warehouse.orderIds()).toEqual(['A', 'B', 'C', 'D']);
  });
});

describe('a table whose mapping was changed', () => {
  let warehouse: ExtractingService;
  const names = () =>
    warehouse.rows<{ name: string }>(
      `select distinct JSONExtractString(payload, 'category') as name from silver.records
       where entity = 'products'`,
    );

  beforeAll(async () => {
    warehouse = await ExtractingService.open((await openShop()).url);
    await warehouse.extract();
  });
  afterAll(() => warehouse.stop());

  it('is read anew, and the others are not', async () => {
    const mapping = shippedMapping().replace('category: category', 'category: brand');
    await warehouse.restart({ mapping });
    expect(await warehouse.extract()).toEqual(counts({ read: 2, loaded: 2 }));
    await warehouse.run();
    expect(await names()).toEqual([{ name: 'Acme' }]);
  });

  it('is not when only its words and places in the file changed', async () => {
    const mapping = shippedMapping().replace('category: category', 'category: brand');
    await warehouse.restart({ mapping: `# Now with a heading.\n\n${mapping}` });
    expect(await warehouse.extract()).toEqual(counts({}));
  });

  it('is read anew when what holds for all tables changed', async () => {
    const mapping = shippedMapping().replace('timezone: UTC', 'timezone: Europe/Vienna');
    await warehouse.restart({ mapping });
    const { read } = await warehouse.extract();
    expect(read).toBe(9);
  });
});
