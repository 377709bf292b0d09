/** The guide 'Connect your shop in ten minutes', word by word, on a shop of its own making. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { cartograph, dataDirectory } from '../../support/spawned-service.js';
import { closeAfterAll, createTestDatabase, temporaryFolder } from '../../support/stores.js';

const run = promisify(execFile);
const guide = readFileSync('docs/connect-your-shop.md', 'utf8');
const shopSql = readFileSync(new URL('alpine-shop.sql', import.meta.url), 'utf8');

const blocks = (language: string) =>
  [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, text]) => text!,
  );

let dataDir: string;
let adminUrl: string;
let environment: NodeJS.ProcessEnv;

async function asAdmin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  adminUrl = await createTestDatabase();
  await asAdmin(shopSql);
  closeAfterAll(() => asAdmin('drop owned by cartograph_reader; drop role cartograph_reader'));
  dataDir = dataDirectory();
  const { host, pathname } = new URL(adminUrl);
  environment = {
    ...process.env,
    DATA_DIR: dataDir,
    SHOP_HOST: host,
    SHOP_NAME: pathname.slice(1),
  };
});

it('connects the shop, and both sides agree to the cent', async () => {
  for (const statement of blocks('sql')) await asAdmin(statement);
  const mapping = join(temporaryFolder(), 'shop.yml');
  writeFileSync(mapping, blocks('yaml')[0]!);
  const steps = blocks('sh');
  expect(steps).toHaveLength(3);
  const mark = '--- next ---';
  const script = steps.join(`echo '${mark}'\n`).replace('=shop.yml', `=${mapping}`);
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], {
    env: environment,
    timeout: 110_000,
  });
  const [ran, reconciled, asked] = stdout.split(`${mark}\n`);
  expect(ran).toMatch(/^published$/m);
  expect(reconciled).toBe(blocks('text')[0]);
  expect(asked).toMatch(/^ck_\S+/);
  expect(asked).not.toMatch(/held|failed/);
});

it('sells in the shop’s own months, by what its tables call things', async () => {
  const parameters = ['--param', 'currency=EUR', '--param', 'timezone=Europe/Vienna', '--json'];
  const query = async (name: string) => {
    const ended = await cartograph([
      'sql',
      `docs/sql/${name}.sql`,
      '--data-dir',
      dataDir,
      ...parameters,
    ]);
    return ended.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
  };
  // Net: 349.50 less a discount of 10, less 49.90 given back and 89.90 cancelled.
  expect(await query('monthly_revenue_trend')).toMatchObject([
    { month: '2026-03-01', orders: '3', gross_sales: '349.5', net_sales: '199.7' },
  ]);
  expect(await query('best_sellers_by_category')).toMatchObject([
    { category: 'Climbing', product_id: '9001', product: 'Rope 60 m', units: '3' },
    { category: 'Light', product_id: '9002', product: 'Headlamp', units: '2' },
  ]);
  expect(await query('top_customers_by_spend')).toMatchObject([
    { customer_id: 'C-1', orders: '2', net_sales: '159.7' },
    { customer_id: 'C-2', orders: '1', net_sales: '40' },
  ]);
});
