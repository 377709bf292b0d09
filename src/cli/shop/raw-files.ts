/**
 * Raw CSV exports of an imagined shop database, for trying out file imports: customers, products
 * and order lines. Imported by the CLI's `generate` command.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DAY_MS, utcDayMs } from './calendar.js';
import { makeProduct, type Product } from './catalogue.js';
import { writeCsv, type Cell } from './csv.js';
import { emailName } from './people.js';
import { COUNTRIES, FIRST_NAMES, LAST_NAMES } from './places-and-names.js';
import { Random } from './prng.js';
import { signedUpAtMs, type Period } from './raw-period.js';
import { transactionRows, TRANSACTION_COLUMNS } from './raw-transactions.js';

/** How much to write, and where. `until` is the last day, inclusive, as `YYYY-MM-DD` in UTC. */
export interface RawFilesOptions {
  directory: string;
  seed: number;
  customers: number;
  products: number;
  transactions: number;
  until: string;
}

/** Products are held in memory while order lines are written, hence a limit. */
const ROWS_MAX = 10_000_000;
const PERIOD_DAYS = 365;

/**
 * Writes `customers.csv`, `products.csv` and `transactions.csv` with exactly the asked numbers of
 * rows; the same options give the same bytes. The directory is made where it is missing.
 * @throws Error for a count out of range, a bad seed or a bad day, before anything is written.
 */
export async function writeRawFiles(
  options: RawFilesOptions,
): Promise<{ file: string; rows: number }[]> {
  const { directory, seed, customers, products, transactions } = options;
  for (const [name, count] of Object.entries({ customers, products, transactions })) {
    checkCount(name, count);
  }
  const endMs = utcDayMs(options.until) + DAY_MS;
  const period = { startMs: endMs - PERIOD_DAYS * DAY_MS, endMs };
  const random = new Random(seed);
  const catalogue = Array.from({ length: products }, (_, index) => makeProduct(index, random));
  await mkdir(directory, { recursive: true });

  const write = async (file: string, header: readonly string[], rows: Iterable<Cell[]>) => ({
    file: join(directory, file),
    rows: await writeCsv(join(directory, file), header, rows),
  });
  return [
    await write('customers.csv', CUSTOMER_COLUMNS, customerRows(customers, period, random)),
    await write('products.csv', PRODUCT_COLUMNS, productRows(catalogue, period, random)),
    await write(
      'transactions.csv',
      TRANSACTION_COLUMNS,
      transactionRows({ rows: transactions, customers, catalogue, period, random }),
    ),
  ];
}

function checkCount(name: string, count: number): void {
  if (Number.isSafeInteger(count) && count >= 1 && count <= ROWS_MAX) return;
  const why =
    name === 'transactions' ? '' : ' Each transaction needs a customer and a product to refer to.';
  throw new Error(
    `The number of ${name} must be a whole number from 1 to ${ROWS_MAX}, not ${count}; pass such a number.${why}`,
  );
}

const CUSTOMER_COLUMNS = ['id', 'email', 'name', 'country', 'created_at', 'updated_at'];

function* customerRows(customers: number, period: Period, random: Random): Generator<Cell[]> {
  for (let id = 1; id <= customers; id++) {
    const firstName = random.pick(FIRST_NAMES);
    const lastName = random.pick(LAST_NAMES);
    const suffix = random.chance(0.03) ? ', Jr.' : '';
    const createdAtMs = signedUpAtMs(id, customers, period);
    yield [
      id,
      // Another domain than the simulation's, so that no two people share an address by accident.
      `${emailName(firstName)}.${emailName(lastName)}${id}@example.net`,
      `${firstName} ${lastName}${suffix}`,
      random.weighted(COUNTRIES),
      isoTime(createdAtMs),
      isoTime(laterMs(createdAtMs, period, random)),
    ];
  }
}

const PRODUCT_COLUMNS = [
  'id',
  'sku',
  'name',
  'category',
  'brand',
  'price',
  'currency',
  'updated_at',
];

function* productRows(
  catalogue: readonly Product[],
  period: Period,
  random: Random,
): Generator<Cell[]> {
  for (const [index, product] of catalogue.entries()) {
    yield [
      index + 1,
      product.sku,
      product.name,
      product.category,
      product.brand,
      (product.priceCents / 100).toFixed(2),
      'USD',
      isoTime(laterMs(period.startMs, period, random)),
    ];
  }
}

/** A moment from `fromMs` to the end of the period. */
function laterMs(fromMs: number, { endMs }: Period, random: Random): number {
  return fromMs + Math.floor(random.next() * (endMs - fromMs));
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
