/** Personal data in loaded files: in the vault, in rejected rows under lock, and nowhere else. */
import { symbols } from 'pino';
import { startTestService, type TestService } from '../../support/service.js';
import { controlRows, findAny, searchWarehouse } from '../process/privacy-search.js';
import { counts, LoadClient, mappingOf, type DataFile, type LoadView } from './load-client.js';
import { csv, CUSTOMER_FIELDS, IDA, ndjson, OTTO, SHOP_FILES } from './shop-files.js';

const NEEDLES = [IDA, OTTO].flatMap(({ email, phone, name }) => [
  ...[email, phone, name],
  ...[phone.replaceAll(' ', ''), phone.replace(/\D/g, ''), 'quodlibet', 'zwiebel'],
]);
const FORGED = 'Fälscher Franz';

/** What its own columns call things, in rows that no branch makes into records. */
const LEFT_OUT: DataFile = {
  entity: 'customers',
  name: 'with-staff.csv',
  mapping: JSON.stringify({
    source: 'staff',
    rows: [
      { when: { role: { equals: 'staff' } }, ignore: 'no customer', id: ['nr'] },
      { fields: { customer_id: 'nr', email: 'mail', name: 'Kunde' } },
    ],
  }),
  content: csv(
    'nr,mail,Kunde,name,phone,role',
    `s1,${IDA.email},${IDA.name},${IDA.name},${IDA.phone},staff`,
    `s2,${OTTO.email},${OTTO.name},x,0,buyer`,
  ),
};

/** A date that no calendar has, a row that is too long, and a line that is no JSON. */
const BAD_CUSTOMERS: DataFile = {
  entity: 'customers',
  name: 'bad.csv',
  mapping: mappingOf('bad', { ...CUSTOMER_FIELDS, customer_id: 'id' }),
  content: csv(
    'id,mail,phone,full,country,plan,since,changed',
    'ok,fine@example.com,,,,,2026-01-01,',
    `b1,${IDA.email},${IDA.phone},${FORGED},,,2026-02-30,`,
    `b2,${IDA.email},${IDA.phone},${FORGED},,,2026-01-01,,extra`,
    `,${IDA.email},${IDA.phone},${FORGED},,,2026-01-01,`,
  ),
};
const BAD_FEEDBACK: DataFile = {
  entity: 'feedback',
  name: 'bad.ndjson',
  mapping: JSON.stringify({
    source: 'bad',
    rows: [{ id: ['id'], fields: { kind: 'kind', text: 'text', rating: 'stars' } }],
  }),
  content: [
    ndjson({ id: 'f1', kind: 'review', text: `by ${IDA.email}`, stars: 'five' }),
    `{"id":"f2","text":"${FORGED}`,
  ].join('\n'),
};

let service: TestService;
let client: LoadClient;
let logged = '';
let badCustomers: LoadView;
let badFeedback: LoadView;

/** All that is logged, from here on, in place of stderr. */
function captureLog({ platform }: TestService): void {
  const { logger } = platform;
  logger.level = 'trace';
  const stream = (logger as unknown as Record<symbol, { write(line: string): void }>)[
    symbols.streamSym
  ]!;
  stream.write = (line) => (logged += line);
}

beforeAll(async () => {
  service = await startTestService();
  captureLog(service);
  client = new LoadClient(service, await service.key('pipelines:run'));
  for (const [file] of SHOP_FILES) {
    expect(await client.load(file)).toMatchObject({ status: 'done' });
  }
  expect(await client.load(LEFT_OUT)).toMatchObject({
    counts: counts({ loaded: 1, ignored: 1 }),
  });
  badCustomers = await client.load(BAD_CUSTOMERS);
  badFeedback = await client.load(BAD_FEEDBACK);
  const unreadable = { ...BAD_CUSTOMERS, content: `id,mail\n"${IDA.email}` };
  expect(await client.load(unreadable)).toMatchObject({ status: 'failed' });
  expect((await service.run('streaming')).status).toBe('published');
});

describe('personal data', () => {
  it('stands in no column of the warehouse, whereas its tokens and the rest do', async () => {
    const { warehouse, tokeniser } = service.platform;
    const found = await searchWarehouse(warehouse, ['spring, sale']);
    expect(found).toContain('bronze.records.payload');
    expect(await searchWarehouse(warehouse, NEEDLES)).toEqual([]);
    const tokensOf = (person: typeof IDA) => [
      tokeniser.token('email', person.email),
      tokeniser.token('phone', person.phone),
      tokeniser.token('name', person.name),
    ];
    for (const token of [...tokensOf(IDA), ...tokensOf(OTTO)]) {
      expect(await searchWarehouse(warehouse, [token])).toContain('bronze.records.payload');
    }
    expect(await searchWarehouse(warehouse, tokensOf(OTTO))).toEqual(
      expect.arrayContaining([
        'bronze.records.record_id',
        'bronze.events.user_id',
        'silver.customers__versions.email_token',
      ]),
    );
  });

  it('lies in the vault under its customer, and opens to what the file said', async () => {
    const opened = await service.platform.vault.open('c1');
    const byField = Object.fromEntries(opened.map(({ field, value }) => [field, value]));
    expect(byField).toMatchObject({
      'customers.email': IDA.email,
      'customers.phone': IDA.phone,
      'customers.name': IDA.name,
      'feedback.text': expect.any(String),
    });
    const ignored = await service.platform.vault.open('ignored:s1');
    expect(ignored).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ field: 'Kunde', value: IDA.name }),
        expect.objectContaining({ field: 'mail', value: IDA.email }),
      ]),
    );
    const token = service.platform.tokeniser.token('email', OTTO.email);
    expect(await service.platform.vault.open(token)).toContainEqual(
      expect.objectContaining({ field: 'customers.name', value: OTTO.name }),
    );
  });

  it('stands in no table of the control database', async () => {
    const tables = await controlRows(service.platform.controlDb);
    expect(findAny(tables['loads']!, ['customers.csv'])).toHaveLength(1);
    for (const [table, text] of Object.entries(tables)) {
      expect([table, findAny(text, [...NEEDLES, FORGED])]).toEqual([table, []]);
    }
  });

  it('stands in nothing that was logged', () => {
    expect(logged).toContain('"level":20');
    expect(logged).toContain('A load failed.');
    expect(findAny(logged, [...NEEDLES, FORGED])).toEqual([]);
  });
});

describe('rejected rows', () => {
  it('are counted, and listed in the open by line, field and reason alone', async () => {
    expect(badCustomers).toMatchObject({ status: 'done', error: null });
    expect(badCustomers.counts).toEqual(counts({ loaded: 1, rejected: 3 }));
    expect(await client.rejected(badCustomers.id)).toEqual([
      {
        ...{ line: 3, field: 'created_at', code: 'invalid_time' },
        detail: 'created_at, from since: it is not a time in the expected form',
      },
      {
        ...{ line: 4, field: '', code: 'wrong_number_of_fields' },
        detail: 'The row has 9 fields, the header has 8.',
      },
      {
        ...{ line: 5, field: 'customer_id', code: 'missing' },
        detail: 'customer_id, from id: it is required and empty',
      },
    ]);
    expect((await client.rejected(badFeedback.id)).map(({ line, code }) => [line, code])).toEqual([
      [1, 'invalid_decimal'],
      [2, 'invalid_json'],
    ]);
  });

  it('are listed after a line', async () => {
    const lines = async (after: string) =>
      (await client.rejected(badCustomers.id, `?after=${after}`)).map(({ line }) => line);
    expect(await lines('3')).toEqual([4, 5]);
    expect(await lines('5')).toEqual([]);
    for (const after of ['x', '1.5', '1e22', '3&after=4']) {
      const refused = await client.get(`/${badCustomers.id}/rejected?after=${after}`);
      expect([after, refused.status, refused.code]).toEqual([after, 400, 'invalid_parameter']);
    }
  });

  it('lie encrypted in the control database', async () => {
    const rows = await service.platform.controlDb.dataSource.query<{ ciphertext: Buffer }[]>(
      'select ciphertext from rejected_rows where load_id = any($1)',
      [[badCustomers.id, badFeedback.id]],
    );
    expect(rows).toHaveLength(5);
    for (const { ciphertext } of rows) {
      expect(ciphertext.length).toBeGreaterThan(50);
      expect(findAny(ciphertext.toString('latin1'), [IDA.email, 'Franz', 'review'])).toEqual([]);
    }
  });
});

describe('the rejected rows themselves', () => {
  const rowsOf = async (load: LoadView, key: string) =>
    new LoadClient(service, key).get(`/${load.id}/rejected/rows`);

  it.each([['pipelines:run'], ['admin'], ['sales:read'], ['admin', 'pipelines:run']])(
    'are refused to a key with %s',
    async (...scopes: string[]) => {
      const { status, code, text } = await rowsOf(badCustomers, await service.key(...scopes));
      expect([status, code]).toEqual([403, 'forbidden']);
      expect(text).not.toContain('Franz');
    },
  );

  it('are shown to a key with pii:read, whose name is written down', async () => {
    const auditOf = () =>
      service.platform.controlDb.dataSource.query<Record<string, string>[]>(
        `select actor, action, target, happened_at is not null as is_dated from audit_log`,
      );
    expect(await auditOf()).toEqual([]);
    const { key } = await service.platform.apiKeys.create('support desk', ['pii:read']);
    const { status, text } = await rowsOf(badCustomers, key);
    expect(status).toBe(200);
    const rows = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { raw: string });
    expect(rows).toMatchObject([{ line: 3 }, { line: 4 }, { line: 5 }]);
    expect(JSON.parse(rows[0]!.raw)).toMatchObject({ id: 'b1', mail: IDA.email, full: FORGED });
    expect(rows[1]!.raw).toBe(`b2,${IDA.email},${IDA.phone},${FORGED},,,2026-01-01,,extra`);
    expect((await rowsOf(badFeedback, key)).text).toContain(FORGED);
    expect(await auditOf()).toEqual(
      [badCustomers, badFeedback].map(({ id }) => ({
        ...{ actor: 'support desk', action: 'read rejected rows', target: `load ${id}` },
        is_dated: true,
      })),
    );
  });

  it('of a load that is not there are not found, and not written down', async () => {
    const key = await service.key('pii:read');
    const unknown = '00000000-0000-4000-8000-000000000000';
    const answer = await new LoadClient(service, key).get(`/${unknown}/rejected/rows`);
    expect([answer.status, answer.code]).toEqual([404, 'not_found']);
    const [audited] = await service.platform.controlDb.dataSource.query<{ n: string }[]>(
      'select count(*) as n from audit_log where target like $1',
      [`%${unknown}%`],
    );
    expect(audited!.n).toBe('0');
  });
});
