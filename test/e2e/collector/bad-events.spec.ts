/** Bad events in a good request: each rejected with its reason, the others stored. */
import { BronzeWriter } from '../../../src/ingest/index.js';
import type { EventRow } from '../../../src/ingest/bronze.writer.js';
import { orderCompleted, startTestService, type TestService } from '../../support/service.js';

const AT = '2026-02-03T00:00:00.000Z';
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const item = (json: string) =>
  `{"type":"page","userId":"u","messageId":"bad","properties":${json}}`;
const timed = (timestamp: string) =>
  `{"type":"page","userId":"u","messageId":"bad","timestamp":"${timestamp}"}`;

/** What is wrong with the item, the item as JSON, the code in its reasons. */
const BAD: [string, string, string][] = [
  ['null', 'null', 'invalid_event'],
  ['a number', '7', 'invalid_event'],
  ['a string', '"text"', 'invalid_event'],
  ['a list', '[[]]', 'invalid_event'],
  ['over 32 KB', item(JSON.stringify({ a: 'x'.repeat(33_000) })), 'event_too_large'],
  ['deeper than 32', item(nested(32)), 'too_deep'],
  ['__proto__', item('{"__proto__":{"polluted":1}}'), 'forbidden_key'],
  ['constructor', item('{"constructor":{"prototype":{}}}'), 'forbidden_key'],
  ['beyond 2^53', item('{"a":9007199254740993}'), 'number_out_of_range'],
  ['1e999', item('{"a":1e999}'), 'number_out_of_range'],
  ['garbage in its timestamp', timed('yesterday'), 'invalid_event'],
  ['before 1970', timed('1969-12-31T23:59:59Z'), 'invalid_event'],
  ['in the far future', timed('2999-01-01T00:00:00Z'), 'invalid_event'],
  [
    'a messageId over 100',
    `{"type":"page","userId":"u","messageId":"${'m'.repeat(101)}"}`,
    'maxLength',
  ],
  ['nobody’s', '{"type":"page","messageId":"bad"}', 'anyOf'],
  ['of no type', '{"userId":"u","messageId":"bad"}', 'required'],
  ['with properties that are a list', item('[]'), 'type'],
];

describe('a bad event', () => {
  let service: TestService;
  let key: string;

  beforeAll(async () => {
    service = await startTestService();
    key = await service.key('events:write');
  });

  const query = <Row>(sql: string, parameters = {}) =>
    service.platform.warehouse.query<Row>('reader', sql, parameters);
  const storedIds = async (prefix: string) =>
    (
      await query<{ id: string }>(
        `select message_id as id from bronze.events where startsWith(message_id, {prefix:String})
         order by id`,
        { prefix },
      )
    ).map(({ id }) => id);

  it.each(BAD)('%s is rejected and fails no other', async (name, json, code) => {
    const good = (id: string) => `{"type":"page","userId":"u","messageId":"${name}-${id}"}`;
    const before = await query<{ n: string }>('select count() as n from bronze.rejected_events');
    const response = await service.post(
      '/v1/batch',
      `{"batch":[${good('1')},${json},${good('2')}]}`,
      key,
    );
    const answer: unknown = await response.json();
    expect([response.status, answer]).toEqual([
      200,
      { success: true, accepted: 2, rejected: 1, duplicates: 0 },
    ]);
    expect(await storedIds(`${name}-`)).toEqual([`${name}-1`, `${name}-2`]);
    const rows = await query<{ reasons: string; payload: string }>(
      'select reasons, payload from bronze.rejected_events order by _loaded_at desc',
    );
    expect(rows).toHaveLength(Number(before[0]!.n) + 1);
    const [reason] = JSON.parse(rows[0]!.reasons) as { code: string; message: string }[];
    expect(reason).toMatchObject({ code, message: expect.stringMatching(/\S/) });
    // JSON.parse reads 1e999 as infinity, which no JSON text can hold again.
    if (name !== '1e999') expect(JSON.parse(rows[0]!.payload)).toEqual(JSON.parse(json));
    expect('polluted' in {}).toBe(false);
  });

  it('may hold NUL and lone surrogates, which are stored as U+FFFD', async () => {
    const event =
      '{"userId":"u\\u0000v","messageId":"odd","name":"a\\ud800b","properties":{"k\\udfff":"😀\\u0000"}}';
    expect((await service.post('/v1/page', event, key)).status).toBe(200);
    const [row] = await query<{ user_id: string; payload: string }>(
      `select user_id, payload from bronze.events where message_id = 'odd'`,
    );
    expect(row!.user_id).toBe('u\uFFFDv');
    expect(JSON.parse(row!.payload)).toMatchObject({
      name: 'a\uFFFDb',
      properties: { 'k\uFFFD': '😀\uFFFD' },
    });
  });

  it('cannot block its request by an id or a key that is too long for the vault', async () => {
    const long = Array.from({ length: 3000 }, (_, index) =>
      String.fromCodePoint(0x4e00 + index * 5),
    );
    const traits = { email: 'long@example.com' };
    const batch = [
      { type: 'identify', messageId: 'long-1', userId: long.join(''), traits },
      { type: 'page', messageId: 'long-2', userId: 'u', [long.join('')]: 'long@example.com' },
    ];
    const response = await service.post('/v1/batch', { batch }, key);
    expect(await response.json()).toEqual({
      success: true,
      accepted: 1,
      rejected: 1,
      duplicates: 0,
    });
    expect(await storedIds('long-')).toEqual(['long-2']);
  });

  it('leaves the original in the vault though it is no object', async () => {
    const response = await service.post('/v1/batch', { batch: ['stray@example.com'] }, key);
    expect(await response.json()).toMatchObject({ rejected: 1 });
    const [row] = await query<{ payload: string }>(
      `select payload from bronze.rejected_events where startsWith(payload, '"eml_')`,
    );
    const token = JSON.parse(row!.payload) as string;
    const opened = await service.platform.vault.open('unknown');
    expect(opened.find((entry) => entry.token === token)?.value).toBe('stray@example.com');
  });

  it('that breaks its contract is the only one of 1,000 not stored', async () => {
    const batch = Array.from({ length: 1000 }, (_, index) =>
      orderCompleted(`many-${index}`, {
        at: AT,
        properties: index === 613 ? { products: [{ product_id: 'p' }] } : {},
      }),
    );
    const answers = await Promise.all(
      [batch.slice(0, 500), batch.slice(500)].map(async (half) =>
        (await service.post('/v1/batch', { batch: half }, key)).json(),
      ),
    );
    expect(answers).toEqual([
      { success: true, accepted: 500, rejected: 0, duplicates: 0 },
      { success: true, accepted: 499, rejected: 1, duplicates: 0 },
    ]);
    const ids = await storedIds('order-many-');
    expect(ids).toHaveLength(999);
    expect(ids).not.toContain('order-many-613');
    const rejected = await query(
      `select message_id, contract, JSONExtractString(reasons, 1, 'path') as path
       from bronze.rejected_events where startsWith(message_id, 'order-many-')`,
    );
    expect(rejected).toEqual([
      {
        message_id: 'order-many-613',
        contract: 'order_completed',
        path: '/properties/products/0/price',
      },
    ]);
  });

  it('that the engine refuses is found among 1,000', async () => {
    const [template] = await query<EventRow>(
      'select * except _loaded_at from bronze.events limit 1',
    );
    const rows = Array.from({ length: 1000 }, (_, index) => ({
      ...template!,
      message_id: `engine-${index}`,
      ...(index === 333 ? { occurred_at: 'garbage' } : {}),
    }));
    const writer = service.app.get(BronzeWriter, { strict: false });
    const refusals = await writer.writeEvents(rows);
    expect(refusals).toEqual([{ index: 333, reason: expect.stringMatching(/^cannot_parse_/) }]);
    const ids = await storedIds('engine-');
    expect(ids).toHaveLength(999);
    expect(ids).not.toContain('engine-333');
  });
});
