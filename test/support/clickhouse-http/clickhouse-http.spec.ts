// Holds the ClickHouse HTTP helper to what the real client sees of a real server.

import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startClickHouseHttp, type ClickHouseHttp } from './start.js';

const QUOTED = {
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_decimals: 1,
} as const;

const AWKWARD = `t\tn\nr\rb\\q'Q"\`;--/*é😀\u0001\u0000 {x:String} $$ \\n \\N %41+&=#`;

const PARAMETERS: [type: string, value: unknown, answer: unknown][] = [
  ['String', AWKWARD, AWKWARD],
  ['String', '', ''],
  ['String', '\\N', '\\N'],
  ['Array(String)', [], []],
  ['Array(String)', ["a'b", '\\', 'x\ty\n', '"', "',"], ["a'b", '\\', 'x\ty\n', '"', "',"]],
  ['Array(Array(String))', [['a'], []], [['a'], []]],
  ['Nullable(String)', null, null],
  ['Nullable(String)', 'NULL', 'NULL'],
  ['Array(Nullable(String))', [null, 'NULL'], [null, 'NULL']],
  ['Decimal(38, 6)', '12345678901234567890.123456', '12345678901234567890.123456'],
  ["DateTime64(3, 'UTC')", '2024-02-29 23:59:59.123', '2024-02-29 23:59:59.123'],
  ["DateTime64(3, 'UTC')", new Date('2024-02-29T23:59:59.123Z'), '2024-02-29 23:59:59.123'],
  ['UInt64', '18446744073709551615', '18446744073709551615'],
  ['UInt64', 9007199254740993n, '9007199254740993'],
  ['Int64', '-9007199254740993', '-9007199254740993'],
  ['Map(String, String)', { "k'1": 'v\t\\' }, { "k'1": 'v\t\\' }],
  ['Map(String, UInt64)', new Map([['a', 2n ** 60n]]), { a: '1152921504606846976' }],
  ['Bool', true, true],
];

type Options = Parameters<typeof createClient>[0];

function connect(url: string, options: Options = {}): ClickHouseClient {
  // The client logs each failure that these tests cause on purpose.
  return createClient({ url, log: { level: ClickHouseLogLevel.OFF }, ...options });
}

let server: ClickHouseHttp;
let client: ClickHouseClient;

beforeAll(async () => {
  server = await startClickHouseHttp();
  client = connect(server.url);
}, 30_000);

afterAll(async () => {
  await client.close();
  await server.stop();
});

async function value(
  query: string,
  options: { query_params?: Record<string, unknown>; settings?: Record<string, number> } = {},
): Promise<unknown> {
  const result = await client.query({
    query,
    format: 'JSONEachRow',
    query_params: options.query_params,
    clickhouse_settings: { ...QUOTED, ...options.settings },
  });
  const rows = await result.json<{ v: unknown }>();
  return rows[0]?.v;
}

describe('statements', () => {
  it('answers a ping with and without a select', async () => {
    expect(await client.ping()).toEqual({ success: true });
    expect(await client.ping({ select: true })).toEqual({ success: true });
  });

  it.each(PARAMETERS)('binds %s %p exactly', async (type, parameter, answer) => {
    const query_params = { v: parameter };
    expect(await value(`select {v:${type}} as v`, { query_params })).toEqual(answer);
  });

  it('binds an identifier, and refuses a name that is not one', async () => {
    expect(
      await value('select count() as v from system.{t:Identifier}', { query_params: { t: 'one' } }),
    ).toBe('1');
    await expect(value('select 1 as v', { query_params: { 'a = 1, b': '1' } })).rejects.toThrow(
      /Unknown setting/,
    );
  });

  it('takes long parameters in the URL and in a form', async () => {
    const list = Array.from({ length: 20_000 }, (_, index) => `'${index}`);
    const query = {
      query: 'select length({v:Array(String)}) as v',
      format: 'JSONEachRow',
    } as const;
    for (const use_multipart_params of [false, true]) {
      const result = await client.query({
        ...query,
        query_params: { v: list },
        use_multipart_params,
      });
      expect(await result.json()).toEqual([{ v: 20_000 }]);
    }
  });

  it('keeps the parameters of parallel requests apart', async () => {
    const expected = Array.from({ length: 64 }, (_, index) => `request ${index}`);
    const query = 'select {v:String} as v from numbers(1)';
    const answers = expected.map((v) => value(query, { query_params: { v } }));
    expect(await Promise.all(answers)).toEqual(expected);
  });

  it('answers in the format asked for, and in TabSeparated otherwise', async () => {
    const ask = async (query: string, parameters = ''): Promise<string> =>
      (await fetch(`${server.url}/?${parameters}`, { method: 'POST', body: query })).text();
    expect(await ask("select 1, 'a\tb'")).toBe('1\ta\\tb\n');
    expect(await ask('select 1 as a', 'default_format=CSVWithNames')).toBe('"a"\n1\n');
    expect(await ask('select 1 as a format JSONEachRow', 'default_format=CSV')).toBe('{"a":1}\n');
  });

  it('resolves table names in the database asked for', async () => {
    const system = connect(server.url, { database: 'system' });
    const result = await system.query({ query: 'select * from one', format: 'JSONEachRow' });
    expect(await result.json()).toEqual([{ dummy: 0 }]);
    await system.close();
  });

  it('inserts rows, plain and gzipped, and names the query', async () => {
    await client.command({ query: 'create table many (a UInt64, s String) order by a' });
    const rows = Array.from({ length: 1_000 }, (_, a) => ({ a, s: `${a};${AWKWARD}` }));
    const gzip = connect(server.url, { compression: { request: true, response: true } });
    for (const each of [client, gzip]) {
      const inserted = await each.insert({
        table: 'many',
        values: rows,
        format: 'JSONEachRow',
        query_id: 'q-1',
      });
      expect(inserted.query_id).toBe('q-1');
      expect(inserted.response_headers['x-clickhouse-query-id']).toBe('q-1');
      expect(inserted.summary?.written_rows).toBe('1000');
    }
    const result = await gzip.query({
      query: 'select a, s, count() as n from many group by a, s order by a',
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    });
    expect(await result.json()).toEqual(rows.map((row) => ({ ...row, n: 2 })));
    await gzip.close();
  });
});

describe('errors', () => {
  beforeAll(async () => {
    await client.command({ query: 'create table moments (at DateTime64(3)) order by at' });
  });

  it.each([
    ['62', 'SYNTAX_ERROR', 'selec 1'],
    ['62', 'SYNTAX_ERROR', "select ';' as v; /* ; */ select 2"],
    ['395', 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO', "select throwIf(1, 'held (it) back')"],
    ['60', 'UNKNOWN_TABLE', 'select * from nowhere'],
    ['456', 'UNKNOWN_QUERY_PARAMETER', 'select {v:String}'],
  ])('raises %s %s', async (code, type, query) => {
    await expect(client.command({ query })).rejects.toMatchObject({ code, type });
  });

  it('raises 41 for a row whose time cannot be read, and writes nothing', async () => {
    const values = [{ at: '2024-01-01 00:00:00' }, { at: 'yesterday' }];
    await expect(
      client.insert({ table: 'moments', values, format: 'JSONEachRow' }),
    ).rejects.toMatchObject({ code: '41', type: 'CANNOT_PARSE_DATETIME' });
    expect(await value('select count() as v from moments')).toBe('0');
  });

  it('raises 159 when a statement outlives its limit, and 115 for an unknown setting', async () => {
    const slow = 'select count() as v from numbers(1000000000000) where sipHash64(number) = 1';
    await expect(value(slow, { settings: { max_execution_time: 1 } })).rejects.toMatchObject({
      code: '159',
      type: 'TIMEOUT_EXCEEDED',
    });
    await expect(value('select 1 as v', { settings: { no_such_thing: 1 } })).rejects.toMatchObject({
      code: '115',
      type: 'UNKNOWN_SETTING',
    });
  });

  it('gives the status and the headers of a server', async () => {
    const refused = await fetch(server.url, { method: 'POST', body: 'selec 1' });
    expect([refused.status, refused.headers.get('x-clickhouse-exception-code')]).toEqual([
      400,
      '62',
    ]);
    expect(await refused.text()).toMatch(
      /^Code: 62\. DB::Exception: .*\(SYNTAX_ERROR\) \(version \d.*\)\n$/s,
    );
    const thrown = await fetch(server.url, { method: 'POST', body: 'select throwIf(1)' });
    expect([thrown.status, thrown.headers.get('x-clickhouse-exception-code')]).toEqual([
      500,
      '395',
    ]);
  });
});

describe('requests beside each other', () => {
  it('do not inherit settings', async () => {
    const query = "select getSetting('join_use_nulls') as v";
    expect(await value(query, { settings: { join_use_nulls: 1 } })).toBe(true);
    expect(await value(query)).toBe(false);
    await client.command({ query: 'set join_use_nulls = 1' });
    expect(await value(query)).toBe(false);
  });

  it('run at once', async () => {
    let isSlowSettled = false;
    const slow = value('select sleepEachRow(1) as v from numbers(3)').finally(() => {
      isSlowSettled = true;
    });
    let seen = 0;
    while (seen === 0 && !isSlowSettled) {
      const running = await value(
        "select count() as v from system.processes where query like 'select sleepEachRow%'",
      );
      seen = isSlowSettled ? 0 : Number(running);
    }
    expect(seen).toBe(1);
    await slow;
  });
});

describe('faults', () => {
  afterEach(() => server.fault('up'));

  it('down: refuses all until it is up again', async () => {
    await server.fault('down');
    expect((await client.ping()).success).toBe(false);
    await expect(value('select 1 as v')).rejects.toThrow();
    await expect(value('select 1 as v')).rejects.toThrow();
    await server.fault('up');
    expect(await value('select 1 as v')).toBe(1);
  });

  it('drop-after-execute: loses the answer of one statement but not its effect', async () => {
    await client.command({ query: 'create table uncertain (a UInt8) order by a' });
    await server.fault('drop-after-execute');
    const insert = { table: 'uncertain', values: [{ a: 1 }], format: 'JSONEachRow' } as const;
    await expect(client.insert(insert)).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(await value('select count() as v from uncertain')).toBe('1');
  });

  it('refuses a mode it does not know', async () => {
    const body = JSON.stringify({ mode: 'sideways' });
    expect((await fetch(`${server.url}/__fault`, { method: 'POST', body })).status).toBe(400);
  });
});

describe('start and stop', () => {
  const own = async (): Promise<string[]> =>
    (await readdir(tmpdir())).filter((name) => name.startsWith(`clickhouse-http-${process.pid}-`));

  it('leave nothing behind, even with a statement running', async () => {
    const before = await own();
    const second = await startClickHouseHttp();
    expect(await own()).toHaveLength(before.length + 1);
    const left = connect(second.url);
    const cut = expect(left.command({ query: 'select sleep(1)' })).rejects.toThrow();
    await left.ping();
    await second.stop();
    await cut;
    await second.stop();
    expect((await left.ping()).success).toBe(false);
    expect(await own()).toEqual(before);
    await left.close();
  }, 30_000);

  it('keep a directory that was given, free for the next engine', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'given-'));
    for (const query of ['create table kept (a UInt8) order by a', 'drop table kept']) {
      const engine = await startClickHouseHttp(directory);
      const session = connect(engine.url);
      await session.command({ query });
      await session.close();
      await engine.stop();
    }
    await rm(directory, { recursive: true });
  }, 30_000);

  it("fail with the child's own words, and hold a directory alone", async () => {
    await expect(startClickHouseHttp('/dev/null/nowhere')).rejects.toThrow(
      /died with exit code [1-9].*null/s,
    );
    const directory = await mkdtemp(join(tmpdir(), 'held-'));
    const holder = await startClickHouseHttp(directory);
    await expect(startClickHouseHttp(directory)).rejects.toThrow(/died with exit code [1-9]/);
    await holder.stop();
    await rm(directory, { recursive: true });
  }, 30_000);
});
