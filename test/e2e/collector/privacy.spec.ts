/** Personal data sent in every way it is sent: nowhere in the warehouse, all of it in the vault. */
import { startTestService, type TestService } from '../../support/service.js';

const EMAIL = 'Jane.Quodlibet@Example.com';
const PHONE = '+43 664 1234567';
const BIRTHDAY = '1990-05-17';
const STREET = 'Seidengasse 17';
const IPS = ['203.0.113.77', '198.51.100.23', '2001:db8::77'];
const NEEDLES = [
  ...[EMAIL, 'jane.quodlibet%40example.com', 'jane.quodlibet%2540example.com', 'quodlibet'],
  ...[PHONE, '436641234567', '%2B43', '664 1234567', '6641234567'],
  ...['Jane', STREET, 'Seidengasse', BIRTHDAY, ...IPS],
];
const DATABASES = ['bronze', 'silver', 'gold', 'features', 'stage', 'operations'];
const MARKER = 'harmless-marker';
const AT = '2026-02-03T04:05:06Z';
const page = (url: string) => ({ page: { url, path: '/welcome', referrer: url } });

const EVENTS = [
  {
    type: 'identify',
    userId: 'customer-1',
    traits: {
      email: EMAIL,
      phone: PHONE,
      name: 'Jane Quodlibet',
      firstName: 'Jane',
      address: { street: STREET, city: 'Wien', postalCode: '1070', country: 'AT' },
      birthday: BIRTHDAY,
      plan: 'gold',
    },
    context: { ip: IPS[0], locale: 'de-AT' },
  },
  {
    type: 'page',
    anonymousId: 'browser-1',
    name: MARKER,
    context: {
      ip: IPS[2],
      ...page(
        `https://shop.example/welcome?email=${encodeURIComponent(EMAIL)}&utm_source=${EMAIL}` +
          `&utm_term=jane.quodlibet%2540example.com&phone=${encodeURIComponent(PHONE)}`,
      ),
    },
  },
  { type: 'track', event: 'Signed Up', userId: EMAIL, properties: { note: `call ${PHONE}` } },
  {
    type: 'track',
    event: 'Order Completed',
    userId: EMAIL.toLowerCase(),
    properties: { order_id: 'p-1', total: 5, note: `for ${EMAIL}, ${PHONE}`, ip: IPS[0] },
  },
  { type: 'page', anonymousId: 'browser-2', context: { userAgent: `${EMAIL}/1.0 (home-made)` } },
  { type: 'track', event: `Mail to ${EMAIL}`, anonymousId: EMAIL, messageId: `for-${EMAIL}` },
  { type: 'track', event: 'Order Completed', userId: 'customer-1', properties: { email: EMAIL } },
  { type: 'page', userId: 'customer-1', properties: { email: EMAIL, id: 2 ** 53 } },
  { type: 'page', userId: 'customer-1', properties: { [EMAIL]: PHONE } },
];

describe('personal data', () => {
  let service: TestService;
  const token = (kind: 'email' | 'phone', value: string) =>
    service.platform.tokeniser.token(kind, value);

  beforeAll(async () => {
    service = await startTestService();
    const key = await service.key('events:write');
    const batch = EVENTS.map((event, index) => ({
      messageId: `privacy-${index}`,
      timestamp: AT,
      ...event,
    }));
    const response = await fetch(`${service.url}/v1/batch`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-forwarded-for': `${IPS[1]}, ${IPS[0]}`,
        'x-real-ip': IPS[1]!,
        forwarded: `for=${IPS[1]}`,
      },
      body: JSON.stringify({ batch, writeKey: key }),
    });
    expect(await response.json()).toEqual({
      success: true,
      accepted: 7,
      rejected: 2,
      duplicates: 0,
    });
    expect((await service.run('streaming')).status).toBe('published');
  });

  /** The columns (`database.table.column`) in which any of the texts stands, in any case. */
  async function columnsWith(texts: string[]): Promise<string[]> {
    const { warehouse } = service.platform;
    const columns = await warehouse.query<{ database: string; table: string; name: string }>(
      'reader',
      `select database, table, name from system.columns
       where has({databases:Array(String)}, database) and position(type, 'String') > 0`,
      { databases: DATABASES },
    );
    const byTable = new Map<string, string[]>();
    for (const { database, table, name } of columns) {
      const key = `${database}.\`${table}\``;
      byTable.set(key, [...(byTable.get(key) ?? []), name]);
    }
    const found: string[] = [];
    for (const [table, names] of byTable) {
      const counts = names.map(
        (name) =>
          `countIf(multiSearchAnyCaseInsensitiveUTF8(toString(\`${name}\`), {texts:Array(String)}))`,
      );
      const { ns } = await warehouse.queryOne<{ ns: string[] }>(
        'reader',
        `select [${counts.join(', ')}] as ns from ${table}`,
        { texts },
      );
      const columnsFound = names.filter((_, index) => ns[index] !== '0');
      found.push(...columnsFound.map((name) => `${table.replaceAll('`', '')}.${name}`));
    }
    return found;
  }

  it('is looked for in a way that finds what is there', async () => {
    const harmless = await columnsWith([MARKER.toUpperCase()]);
    expect(harmless).toContain('bronze.events.payload');
    const paths = await columnsWith(['/welcome']);
    expect(paths).toEqual(
      expect.arrayContaining(['bronze.events.page_path', 'silver.events.page_path']),
    );
  });

  it('stands in no column of the warehouse', async () => {
    expect(NEEDLES.length).toBeGreaterThan(5);
    expect(await columnsWith(NEEDLES)).toEqual([]);
  });

  it('is found by its token, the same from every side', async () => {
    expect(await columnsWith([token('email', EMAIL)])).toEqual(
      expect.arrayContaining([
        'bronze.events.user_id',
        'bronze.events.anonymous_id',
        'bronze.events.utm_source',
        'bronze.events.payload',
        'bronze.rejected_events.payload',
        'silver.events.user_id',
        'silver.orders.customer_id',
      ]),
    );
    expect(await columnsWith([token('phone', PHONE)])).toContain('silver.events.properties');
  });

  it('lies in the vault under its person, and opens to what was sent', async () => {
    const opened = await service.platform.vault.open('customer-1');
    const byField = Object.fromEntries(opened.map(({ field, value }) => [field, value]));
    expect(byField).toMatchObject({
      'traits.email': EMAIL,
      'traits.phone': PHONE,
      'traits.name': 'Jane Quodlibet',
      'traits.address.street': STREET,
      'traits.birthday': BIRTHDAY,
      'properties.email': EMAIL,
    });
    expect(byField).not.toHaveProperty('traits.plan');
    const own = await service.platform.vault.open(token('email', EMAIL));
    // The vault keeps one spelling of a value in each field.
    const values = own.map(({ field, value }) => `${field}: ${value.toLowerCase()}`);
    expect(values).toEqual(
      expect.arrayContaining([
        `userId: ${EMAIL.toLowerCase()}`,
        `anonymousId: ${EMAIL.toLowerCase()}`,
        `properties.note: ${PHONE}`,
      ]),
    );
    const browser = await service.platform.vault.open('browser-1');
    expect(browser.map(({ value }) => value)).toEqual(expect.arrayContaining([EMAIL, PHONE]));
  });

  it('has an original behind every token in the warehouse', async () => {
    const rows = await service.platform.warehouse.query<{ token: string }>(
      'reader',
      `select distinct arrayJoin(extractAll(concat(payload, user_id, anonymous_id, utm_source,
         utm_term, message_id, event), '(?:eml|phn|nam|adr|bdy)_[0-9a-f]{32}')) as token
       from bronze.events`,
    );
    const stored = await service.platform.controlDb.dataSource.query<{ token: string }[]>(
      'select distinct token from pii_vault',
    );
    expect(rows.length).toBeGreaterThan(5);
    expect(stored.map((row) => row.token)).toEqual(
      expect.arrayContaining(rows.map((row) => row.token)),
    );
  });

  it('is not readable in the control database either', async () => {
    const rows = await service.platform.controlDb.dataSource.query<{ row: string }[]>(
      `select v::text || encode(ciphertext, 'escape') as row from pii_vault v`,
    );
    expect(rows.length).toBeGreaterThan(10);
    const text = rows.map(({ row }) => row.toLowerCase()).join('\n');
    for (const needle of NEEDLES) expect(text).not.toContain(needle.toLowerCase());
  });
});
