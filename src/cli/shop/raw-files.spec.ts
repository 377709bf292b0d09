import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeRawFiles } from './raw-files.js';

const options = {
  seed: 3,
  customers: 300,
  products: 200,
  transactions: 2_000,
  until: '2026-06-30',
};
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'raw-files-'));
});
afterAll(async () => {
  await rm(root, { recursive: true });
});

/** Reads RFC 4180 by its grammar; throws on anything outside it. */
function parseCsv(text: string): Record<string, string>[] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\n)/y;
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex;
    const match = cell.exec(text);
    if (!match) throw new Error(`Not RFC 4180 at character ${at}.`);
    const [, value = '', end] = match;
    row.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value);
    if (end === '\n') {
      rows.push(row);
      row = [];
    }
  }
  const [header = [], ...body] = rows;
  return body.map((cells) => {
    expect(cells.length).toBe(header.length);
    return Object.fromEntries(header.map((name, index) => [name, cells[index] ?? '']));
  });
}

async function readAll(directory: string) {
  const read = async (file: string) => parseCsv(await readFile(join(directory, file), 'utf8'));
  return {
    customers: await read('customers.csv'),
    products: await read('products.csv'),
    transactions: await read('transactions.csv'),
  };
}

describe('writeRawFiles', () => {
  it('writes exactly the asked rows under the agreed headers', async () => {
    const directory = join(root, 'counts', 'nested');
    const files = await writeRawFiles({ ...options, directory });
    expect(files).toEqual([
      { file: join(directory, 'customers.csv'), rows: 300 },
      { file: join(directory, 'products.csv'), rows: 200 },
      { file: join(directory, 'transactions.csv'), rows: 2_000 },
    ]);
    const { customers, products, transactions } = await readAll(directory);
    expect([customers.length, products.length, transactions.length]).toEqual([300, 200, 2_000]);
    expect(Object.keys(customers[0] ?? {}).join()).toBe(
      'id,email,name,country,created_at,updated_at',
    );
    expect(Object.keys(products[0] ?? {}).join()).toBe(
      'id,sku,name,category,brand,price,currency,updated_at',
    );
    expect(Object.keys(transactions[0] ?? {}).join()).toBe(
      'id,order_number,user_id,item_id,quantity,unit_price,discount,tax,shipping,currency,status,refunded_amount,refunded_at,purchased_at,updated_at',
    );
    for (const rows of [customers, products, transactions]) {
      expect(new Set(rows.map((row) => row['id'])).size).toBe(rows.length);
    }
    expect(new Set(customers.map((row) => row['email'])).size).toBe(300);
    expect(new Set(products.map((row) => row['sku'])).size).toBe(200);
    expect(products.some((row) => row['name']?.includes('"'))).toBe(true);
    expect(products.some((row) => row['name']?.includes(','))).toBe(true);
  });

  it('writes lines that refer to rows, sum to orders and follow time', async () => {
    const directory = join(root, 'integrity');
    await writeRawFiles({ ...options, directory });
    const { customers, products, transactions } = await readAll(directory);
    const customerOf = new Map(customers.map((row) => [row['id'], row]));
    const priceOf = new Map(products.map((row) => [row['id'], row['price']]));
    const orders = new Map<string, Record<string, string>[]>();
    for (const row of transactions) {
      const number = row['order_number'] ?? '';
      orders.set(number, [...(orders.get(number) ?? []), row]);
    }
    expect(orders.size).toBeLessThan(transactions.length);
    for (const lines of orders.values()) {
      const heads = lines.map((row) => [row['user_id'], row['status'], row['purchased_at']].join());
      expect(new Set(heads).size).toBe(1);
      expect(new Set(lines.map((row) => row['item_id'])).size).toBe(lines.length);
    }
    const cents = (text?: string) => Math.round(Number(text) * 100);
    for (const row of transactions) {
      const purchasedAt = row['purchased_at'] ?? '';
      const createdAt = customerOf.get(row['user_id'])?.['created_at'] ?? 'no such customer';
      expect(createdAt <= purchasedAt).toBe(true);
      expect(purchasedAt <= (row['updated_at'] ?? '')).toBe(true);
      expect((row['updated_at'] ?? '') < '2026-07-01').toBe(true);
      expect(row['unit_price']).toBe(priceOf.get(row['item_id']));
      const isRefunded = row['status'] === 'refunded';
      const paid =
        cents(row['unit_price']) * Number(row['quantity']) -
        cents(row['discount']) +
        cents(row['tax']) +
        cents(row['shipping']);
      expect(cents(row['refunded_amount'])).toBe(isRefunded ? paid : 0);
      expect(row['refunded_at']).toBe(isRefunded ? row['updated_at'] : '');
    }
    const statuses = new Set(transactions.map((row) => row['status']));
    expect([...statuses].sort()).toEqual(['cancelled', 'paid', 'pending', 'refunded']);
  });

  it('repeats itself byte for byte, and differs for another seed', async () => {
    const texts: string[] = [];
    for (const [name, seed] of Object.entries({ one: 3, two: 3, three: 4 })) {
      const directory = join(root, name);
      const files = await writeRawFiles({ ...options, seed, directory });
      const parts = await Promise.all(files.map(({ file }) => readFile(file, 'utf8')));
      texts.push(parts.join('\n'));
    }
    expect(texts[0]).toBe(texts[1]);
    expect(texts[0]).not.toBe(texts[2]);
  });

  it('writes the smallest files', async () => {
    const directory = join(root, 'one-each');
    await writeRawFiles({ ...options, directory, customers: 1, products: 1, transactions: 1 });
    const { transactions } = await readAll(directory);
    expect(transactions.map((row) => [row['user_id'], row['item_id']])).toEqual([['1', '1']]);
  });

  it.each([
    [{ customers: 0 }, /number of customers.*from 1.*not 0.*needs a customer/],
    [{ products: -5 }, /number of products.*from 1.*not -5/],
    [{ transactions: 0 }, /number of transactions.*from 1.*not 0/],
    [{ transactions: 2.5 }, /whole number/],
    [{ customers: Number.NaN }, /number of customers/],
    [{ until: '30.06.2026' }, /until/],
  ])('refuses %p and says what to pass', async (wrong, message) => {
    const directory = join(root, 'refused');
    await expect(writeRawFiles({ ...options, directory, ...wrong })).rejects.toThrow(message);
    await expect(readFile(join(directory, 'customers.csv'))).rejects.toThrow(/ENOENT/);
  });

  it('reports a disk error instead of hanging', async () => {
    await expect(writeRawFiles({ ...options, directory: '/dev/null/x' })).rejects.toThrow();
  });
});
