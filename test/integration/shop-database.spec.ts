/**
 * The reader of a shop's PostgreSQL on a real one: every row once and exact, none lost to a late
 * commit, nothing ever written, and an end to every silence.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { inspect } from 'node:util';
import pg from 'pg';
import { CodedError } from '../../src/contracts/errors.js';
import {
  ShopDatabase,
  type RetryPolicy,
  type ShopDatabaseOptions,
  type TableRead,
} from '../../src/ingest/sources/database/postgres-reader.js';
import * as statements from '../../src/ingest/sources/database/statements.js';
import { until } from '../support/spawned-service.js';
import { closeAfterAll, createTestDatabase } from '../support/stores.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

const IMPATIENT: RetryPolicy = { tries: 3, firstDelayMs: 20, longestDelayMs: 100, totalMs: 5_000 };
const AS_TEXT = { getTypeParser: () => (value: string) => value };
const MIDDLE_UUID = '80000000-0000-4000-8000-000000000000';

let url: string;
let admin: pg.Client;

const opened: { close(): Promise<void> }[] = [];

async function open(at = url, options: ShopDatabaseOptions = {}): Promise<ShopDatabase> {
  const shop = await ShopDatabase.open(at, { retries: IMPATIENT, ...options });
  opened.push(shop);
  return shop;
}

async function newClient(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  opened.push({ close: () => client.end() });
  return client;
}

/** The first column of what a statement finds, as PostgreSQL prints it. */
async function column(text: string, values: readonly string[] = []): Promise<(string | null)[]> {
  const query = { text, values: [...values], rowMode: 'array' as const, types: AS_TEXT };
  return (await admin.query<(string | null)[]>(query)).rows.map((row) => row[0]!);
}

beforeAll(async () => {
  url = await createTestDatabase();
  admin = new pg.Client({ connectionString: url });
  await admin.connect();
  closeAfterAll(() => admin.end());
});

afterEach(async () => {
  for (const closable of opened.splice(0).reverse()) await closable.close();
});

const read = (table: string, more: Partial<TableRead> = {}): TableRead => ({
  table,
  key: 'id',
  changedAt: null,
  columns: ['id'],
  ...more,
});

interface Pages<Position> {
  keys: string[];
  cells?: (string | null)[][];
  last: Position | null;
}

/** Reads to the end; fails rather than go round in a circle. */
async function drain<Position>(next: (after: Position | null) => Promise<Pages<Position>>) {
  const keys: string[] = [];
  const cells: (string | null)[][] = [];
  for (let after: Position | null = null, pages = 0; pages < 1_000; pages++) {
    const page: Pages<Position> = await next(after);
    keys.push(...page.keys);
    cells.push(...(page.cells ?? []));
    if (page.last === null) return { keys, cells };
    after = page.last;
  }
  throw new Error('There is no end to the pages.');
}

async function failure(work: Promise<unknown>): Promise<CodedError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CodedError);
  return error as CodedError;
}

/** A network that can fall silent, and can cut a connection in the middle of an answer. */
async function startNetwork() {
  const { hostname, port: target } = new URL(url);
  const sockets = new Set<Socket>();
  const network = {
    url: '',
    connections: 0,
    cuts: 0,
    cutAfterBytes: [] as number[],
    isSilent: false,
    sent: [] as Buffer[],
  };
  const server = createServer((client) => {
    network.connections++;
    const upstream = connect(Number(target), hostname);
    let budget = network.cutAfterBytes.shift() ?? Infinity;
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined).on('close', () => sockets.delete(from) && to.destroy());
      from.on('data', (bytes: Buffer) => {
        if (from === client) network.sent.push(bytes);
        if (!network.isSilent) to.write(bytes.subarray(0, from === upstream ? budget : undefined));
        if (from !== upstream || (budget -= bytes.length) > 0) return;
        network.cuts++;
        // What has come so far arrives; then the wire is dead.
        client.end(() => client.destroy());
        upstream.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  network.url = through((server.address() as AddressInfo).port);
  opened.push({
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  });
  return Object.assign(network, { sockets });
}

function through(port: number): string {
  const address = new URL(url);
  address.host = `127.0.0.1:${port}`;
  return address.toString();
}

const backends = (condition: string) =>
  column(`select pid from pg_stat_activity
    where application_name = 'cartograph' and datname = current_database() and ${condition}`);

/** Resolves once the reader's statement waits for a lock, and so is in the middle of its work. */
const untilBlocked = () =>
  until(async () => (await backends(`wait_event_type = 'Lock'`))[0] ?? undefined);

async function lockTable(table: string): Promise<() => Promise<void>> {
  const holder = await newClient();
  await holder.query(`begin; lock table ${table} in access exclusive mode`);
  return async () => void (await holder.query('rollback'));
}

describe('paging by key', () => {
  const uuids = Array.from({ length: 10 }, () => randomUUID());
  const words = ['b', 'B', 'a', 'A', 'ä', 'Z', 'z-1', 'z1', 'Ab', 'aB'];
  const numbers = [-5, 0, 1, 2, 3, 10, 11, 100, 101];

  it.each([
    ['bigint', [...numbers, '9007199254740993'].map(String)],
    ['integer', [...numbers, 2147483647].map(String)],
    ['numeric', ['1.10', '1.2', '-3', '0.5', '100', '20', '1e30', '3.00001', '7', '8']],
    ['uuid', uuids],
    ['text', words],
    ['text collate "en-x-icu"', words],
    ['varchar(4)', words],
    ['char(6)', words],
    ['order_number', words],
    ['order_state', ['new', 'paid', 'sent', 'Lost', 'a b', "it's", '"', 'x', 'y', 'z']],
    ['timestamptz', Array.from({ length: 10 }, (_, n) => `2026-01-01 00:00:00.00000${n}+00`)],
  ])('of type %s reads every row once, in PostgreSQL’s own order', async (type, values) => {
    await admin.query(`drop table if exists keyed; drop domain if exists order_number;
      drop type if exists order_state; create domain order_number as text;
      create type order_state as enum ('new','paid','sent','Lost','a b','it''s','"','x','y','z');
      create table keyed (id ${type} primary key, note text)`);
    for (const value of values) await admin.query('insert into keyed (id) values ($1)', [value]);
    const expected = await column('select t.id from keyed as t order by t.id');
    expect(expected).toHaveLength(10);
    const shop = await open();
    const table = read('keyed', { columns: ['note', 'id'] });

    for (const limit of [1, 3, 10, 11]) {
      const all = await drain((after: string | null) => shop.readAll(table, after, limit));
      expect(all.keys).toEqual(expected);
      expect(all.cells.map(([, id]) => id)).toEqual(expected);
      const keys = await drain((after: string | null) => shop.readKeys(table, after, limit));
      expect(keys.keys).toEqual(expected);
      const since = await drain((after: string | null) =>
        shop.readSinceSnapshot(table, '3', after, limit),
      );
      expect(since.keys).toEqual(expected);
    }
  });

  it('leaves out rows without a key, reads names that need quotes, and bounds the page', async () => {
    await admin.query(`create schema "My Shop";
      create table "My Shop"."Order; drop" ("Id" int unique, "sélect" text, "a""b" text);
      insert into "My Shop"."Order; drop" values (2, 'two', null), (null, 'none', ''), (1, '', 'x')`);
    const shop = await open();
    const table = read('My Shop.Order; drop', { key: 'Id', columns: ['sélect', 'a"b', 'sélect'] });
    const page = await shop.readAll(table, null, 2);
    expect(page).toMatchObject({ keys: ['1', '2'], last: '2' });
    expect(page.cells).toEqual([
      ['', 'x', ''],
      ['two', null, 'two'],
    ]);
    expect(await shop.readAll(table, page.last, 2)).toMatchObject({ keys: [], last: null });
    await expect(shop.readAll(table, null, 0)).rejects.toThrow(RangeError);
    await expect(shop.readAll(table, null, 50_001)).rejects.toThrow(RangeError);
  });
});

describe('values', () => {
  it('are the exact text of PostgreSQL, whatever the database’s defaults', async () => {
    const name = new URL(url).pathname.slice(1);
    for (const setting of [
      `timezone = 'Asia/Tokyo'`,
      `datestyle = 'SQL, DMY'`,
      `intervalstyle = 'sql_standard'`,
      `bytea_output = 'escape'`,
      `extra_float_digits = -15`,
      `client_encoding = 'LATIN1'`,
      `default_transaction_isolation = 'serializable'`,
    ]) {
      await admin.query(`alter database ${name} set ${setting}`);
    }
    const literals = {
      n: [`1234567890123456789.123456789::numeric`, '1234567890123456789.123456789'],
      n2: [`0.10::numeric(10, 2)`, '0.10'],
      big: [`9007199254740993::bigint`, '9007199254740993'],
      f: [`0.1::float8 + 0.2::float8`, '0.30000000000000004'],
      tz: [`'2024-02-29 23:59:59.123456+02'::timestamptz`, '2024-02-29 21:59:59.123456+00'],
      ts: [`'2024-02-29 23:59:59.120000'::timestamp`, '2024-02-29 23:59:59.12'],
      d: [`date '2024-02-03'`, '2024-02-03'],
      i: [`interval '1 year 2 days 03:04'`, '1 year 2 days 03:04:00'],
      b: [`true`, 't'],
      bytes: [`'\\x00ff'::bytea`, '\\x00ff'],
      j: [`'{"b": 1.0}'::jsonb`, '{"b": 1.0}'],
      list: [`array['a,b', null]`, '{"a,b",NULL}'],
      word: [`'Grüße, 你好 €'::text`, 'Grüße, 你好 €'],
      nothing: [`null::text`, null],
    };
    await admin.query(`create table typed as select 1 as id,
      ${Object.entries(literals)
        .map(([column, [literal]]) => `${literal} as ${column}`)
        .join(', ')}`);
    const shop = await open();
    const table = read('typed', { columns: Object.keys(literals) });
    const { cells, readAt } = await shop.readAll(table, null, 10);
    expect(cells).toEqual([Object.values(literals).map(([, text]) => text)]);
    expect(Math.abs(readAt.getTime() - Date.now())).toBeLessThan(5_000);
    const types = await shop.describe(table);
    expect(types.get('tz')).toBe('timestamp with time zone');
    expect(types.get('n2')).toBe('numeric(10,2)');
    await admin.query(`alter database ${name} reset all`);
  });
});

describe('reading what changed', () => {
  const at = (micros: number) => `2026-03-01 12:00:00.${String(micros).padStart(6, '0')}`;

  it.each(['timestamptz', 'timestamp', 'timestamp(6)'])(
    'by a %s loses and doubles nothing where many rows share an instant',
    async (type) => {
      await admin.query(`drop table if exists changes;
        create table changes (id text primary key, changed_at ${type})`);
      const rows = [
        ...Array.from({ length: 7 }, (_, n) => [`same-${n}`, at(123_456)]),
        ...Array.from({ length: 5 }, (_, n) => [`micro-${n}`, at(123_457 + n)]),
        ['first', at(123_000)],
        ['before', at(122_999)],
        ['never', null],
      ];
      for (const row of rows) await admin.query('insert into changes values ($1, $2)', row);
      const shop = await open();
      const table = read('changes', { changedAt: 'changed_at', columns: ['id', 'changed_at'] });
      const since = new Date('2026-03-01T12:00:00.123Z');
      const expected = await column(`select id from changes
        where changed_at >= '2026-03-01 12:00:00.123' order by changed_at, id`);
      expect(expected).toHaveLength(13);
      for (const limit of [1, 2, 3, 13, 100]) {
        type After = statements.ChangePosition | null;
        const { keys } = await drain((after: After) =>
          shop.readChanged(table, since, after, limit),
        );
        expect(keys).toEqual(expected);
      }
    },
  );

  it('between two instants takes the first and leaves the second, also of days', async () => {
    await admin.query(`create table days (id int primary key, day date, at timestamptz);
      insert into days select n, date '2026-01-01' + n, timestamptz '2026-01-01 00:00+00' + n * interval '1 day'
      from generate_series(0, 9) as n; insert into days values (99, null, null)`);
    const shop = await open();
    const [from, to] = [new Date('2026-01-03T00:00:00Z'), new Date('2026-01-07T00:00:00Z')];
    for (const name of ['day', 'at']) {
      const { keys } = await drain((after: statements.ChangePosition | null) =>
        shop.readBetween(read('days'), name, from, to, after, 2),
      );
      expect(keys).toEqual(['2', '3', '4', '5']);
    }
  });
});

describe('a transaction that commits late', () => {
  it('is lost to max(id), and found by the xmin window and by changedAt with an overlap', async () => {
    await admin.query(`create table late (id serial primary key, name text,
      changed_at timestamptz not null default now())`);
    await admin.query(`insert into late (name) values ('old')`);
    const shop = await open();
    const table = read('late', { changedAt: 'changed_at' });
    const slow = await newClient();
    await slow.query(`begin; insert into late (name) values ('late')`);
    await slow.query(`update late set name = 'touched' where name = 'old'`);
    await admin.query(`insert into late (name) values ('quick')`);

    const horizon = await shop.horizon();
    const [watermark] = await column('select max(id) from late');
    expect((await shop.readAll(table, null, 10)).keys).toEqual(['1', '3']);
    await slow.query('commit');

    expect(await column(`select id from late where id > ${watermark}`)).toEqual([]);
    const windowed = await shop.readSinceSnapshot(table, horizon.snapshotXmin, null, 10);
    expect(windowed.keys).toEqual(expect.arrayContaining(['1', '2']));

    expect((await shop.readChanged(table, horizon.now, null, 10)).keys).toEqual([]);
    const overlapped = new Date(horizon.now.getTime() - 60_000);
    expect((await shop.readChanged(table, overlapped, null, 10)).keys.sort()).toContain('2');
  });

  it('is found across the wrap of transaction numbers, and what is older is left', async () => {
    await admin.query('create table wrapped (id int primary key)');
    await admin.query('insert into wrapped values (1)');
    const shop = await open();
    const keysSince = async (xmin: bigint) =>
      (await shop.readSinceSnapshot(read('wrapped'), String(xmin), null, 10)).keys;
    const [written] = await column('select xmin::text from wrapped');
    const xid = BigInt(written!);
    const span = 2n ** 32n;
    expect(await keysSince(xid)).toEqual(['1']);
    expect(await keysSince(xid + 1n)).toEqual([]);
    expect(await keysSince(xid + 7n * span)).toEqual(['1']);
    expect(await keysSince(xid + 7n * span + 1n)).toEqual([]);
    // A horizon a little before the wrap, a row a little after it.
    expect(await keysSince(span - 5n)).toEqual(['1']);

    const before = await shop.horizon();
    await admin.query('insert into wrapped values (2)');
    expect(await keysSince(BigInt(before.snapshotXmin))).toEqual(['2']);
  });
});

describe('the shop’s database', () => {
  it('is never written: a view that would write is refused, and nothing is changed', async () => {
    await admin.query(`create table audit (at timestamptz); create table seen (id int);
      insert into seen values (1);
      create function note() returns int language sql volatile
        as 'insert into audit values (now()); select 1';
      create view sly as select id, note() as noted from seen`);
    const shop = await open();
    const error = await failure(shop.readAll(read('sly', { columns: ['noted'] }), null, 10));
    expect(error).toMatchObject({
      code: 'source_mismatch',
      detail: expect.stringMatching(/25006/),
    });
    expect(await column('select count(*) from audit')).toEqual(['0']);
    expect((await shop.readAll(read('seen'), null, 10)).keys).toEqual(['1']);
  });

  it('gets no setting that outlives a transaction, and no transaction that outlives a page', async () => {
    const network = await startNetwork();
    const shop = await open(network.url);
    await shop.readAll(read('seen'), null, 1);
    const [start, ...messages] = network.sent.map((bytes) => bytes.toString('latin1'));
    // A pooling proxy refuses most other parameters; what is set for a session it would hand on.
    const { username, pathname } = new URL(url);
    const parameters = `user\0${username}\0database\0${pathname.slice(1)}\0`;
    expect(start!.slice(8)).toBe(
      `${parameters}application_name\0cartograph\0client_encoding\0UTF8\0\0`,
    );
    const said = messages.join('');
    expect(said.match(/begin isolation level read committed read only;/g)).toHaveLength(2);
    expect(said.match(/\bset local \w+ = /g)!.length).toBeGreaterThan(10);
    expect(said).not.toMatch(/\bset (?!local)/i);
    expect(said.match(/commit\0/g)).toHaveLength(2);
    // Nothing holds back the shop's vacuum or its migrations.
    const [state] = await column(`select state || ' ' || coalesce(backend_xmin::text, 'free')
      from pg_stat_activity where application_name = 'cartograph' and datname = current_database()`);
    expect(state).toBe('idle free');
  });

  it('is read along its indexes', async () => {
    await admin.query(`create table big (id bigint primary key, code text unique, guid uuid unique,
        changed_at timestamptz not null, day date not null);
      create index on big (changed_at, id); create index on big (day);
      insert into big select n, 'c' || n, md5(n::text)::uuid,
        timestamptz '2026-01-01' + n / 10 * interval '1 second', date '2020-01-01' + n / 20
      from generate_series(1, 50000) as n; analyze big`);
    const shop = await open();
    const table = read('big', { changedAt: 'changed_at', columns: ['id', 'code', 'changed_at'] });
    const types = await shop.describe(table);
    const typeOf = (name: string) => types.get(name)!;
    const by = (key: string) => ({ ...table, key });
    const noon = { from: new Date('2026-01-01T01:00:00Z'), to: null };
    const days = { from: new Date('2022-01-01'), to: new Date('2022-01-05') };
    const middle = { changedAt: '2026-01-01 01:00:00.5+00', key: '25000' };
    const plans: [string, statements.Statement][] = [
      ['first page', statements.selectAll(table, typeOf, null, 1000)],
      ['by bigint', statements.selectAll(table, typeOf, '25000', 1000)],
      ['by text', statements.selectAll(by('code'), typeOf, 'c25000', 1000)],
      ['by uuid', statements.selectAll(by('guid'), typeOf, MIDDLE_UUID, 1000)],
      ['keys', statements.selectKeys(table, typeOf, '25000', 1000)],
      [
        'first changes',
        statements.selectInRange(table, typeOf, 'changed_at', noon, { after: null, limit: 500 }),
      ],
      [
        'changes',
        statements.selectInRange(table, typeOf, 'changed_at', noon, { after: middle, limit: 500 }),
      ],
      ['days', statements.selectInRange(table, typeOf, 'day', days, { after: null, limit: 500 })],
    ];
    for (const [name, { text, values }] of plans) {
      const plan = (await column(`explain ${text}`, values)).join('\n');
      expect({ name, plan }).toEqual({
        name,
        plan: expect.stringMatching(/Index (Only )?Scan|Bitmap Index Scan/),
      });
      expect({ name, plan }).toEqual({ name, plan: expect.not.stringContaining('Seq Scan') });
      if (name !== 'first page') expect(plan).toMatch(/Index Cond: .*[<>]/);
      if (name !== 'days') expect(plan).not.toContain('Sort');
    }
  });

  it('needs no more than `select`, be it on some columns only', async () => {
    const role = `reader_${randomUUID().slice(0, 8)}`;
    await admin.query(`create role ${role} login password 'only-select';
      create table ledger (id int primary key, total numeric, iban text);
      insert into ledger values (1, 2.50, 'AT00'); create schema vaulted;
      create table vaulted.ledger (id int primary key);
      grant select (id, total) on ledger to ${role}`);
    const address = new URL(url);
    [address.username, address.password] = [role, 'only-select'];
    const shop = await open(address.toString());
    const some = read('ledger', { columns: ['total'] });
    expect((await shop.readAll(some, null, 10)).cells).toEqual([['2.50']]);
    expect((await shop.readKeys(some, null, 10)).keys).toEqual(['1']);
    expect(await shop.horizon()).toMatchObject({ snapshotXmin: expect.stringMatching(/^\d+$/) });

    const closed = read('ledger', { columns: ['total', 'iban'] });
    for (const work of [shop.describe(closed), shop.readAll(closed, null, 10)]) {
      const error = await failure(work);
      expect(error).toMatchObject({
        code: 'source_mismatch',
        detail: 'The user may not read iban of table ledger: grant select on it.',
      });
    }
    // The row's transaction number is readable to who may read the whole table.
    expect(await failure(shop.readSinceSnapshot(some, '3', null, 10))).toMatchObject({
      code: 'source_mismatch',
      detail: expect.stringContaining('may not read table ledger: grant select'),
    });
    expect(await failure(shop.describe(read('vaulted.ledger')))).toMatchObject({
      code: 'source_mismatch',
      detail: expect.stringContaining('may not read table vaulted.ledger'),
    });
    await admin.query(`grant select on ledger to ${role}`);
    expect((await shop.readSinceSnapshot(closed, '3', null, 10)).keys).toEqual(['1']);
    await shop.close();
    await admin.query(`drop owned by ${role}; drop role ${role}`);
  });
});

describe('a mapping that does not fit', () => {
  it('is told which table or column is missing, and what there is', async () => {
    await admin.query(`create table fitting (id int primary key, total numeric, note json);
      create view seeming as select * from fitting`);
    const shop = await open();
    const refused = async (table: TableRead) => (await failure(shop.describe(table))).message;
    expect(await refused(read('nowhere'))).toBe(
      'source_mismatch: There is no table nowhere that the user can see.',
    );
    expect(await refused(read('no_schema.fitting'))).toContain('no table no_schema.fitting');
    expect(await refused(read('a.b.c'))).toContain('no table a.b.c');
    expect(await refused(read('fitting_pkey'))).toContain('no table fitting_pkey');
    expect(await refused(read('fitting', { columns: ['totl', 'id'], changedAt: 'at' }))).toBe(
      'source_mismatch: Table fitting has no column totl, at; it has id, total, note.',
    );
    expect(await failure(shop.readAll(read('fitting', { key: 'note' }), null, 9))).toMatchObject({
      code: 'source_mismatch',
      detail: 'Table fitting cannot be read so (42883).',
    });
    expect(await failure(shop.readAll(read('fitting'), 'not a number', 9))).toMatchObject({
      code: 'source_mismatch',
      detail: 'Table fitting cannot be read so (22P02).',
    });
    expect(await failure(shop.readSinceSnapshot(read('seeming'), '3', null, 9))).toMatchObject({
      code: 'source_mismatch',
      detail: expect.stringContaining('xmin'),
    });
  });

  it('is told so as well when the table is altered while it is read', async () => {
    await admin.query(`create table altered (id int primary key, total int);
      insert into altered values (1, 1), (2, 2)`);
    const shop = await open();
    const table = read('altered', { columns: ['total'] });
    expect((await shop.readAll(table, null, 1)).last).toBe('1');
    await admin.query('alter table altered rename total to sum');
    expect(await failure(shop.readAll(table, '1', 1))).toMatchObject({
      code: 'source_mismatch',
      detail: 'Table altered has no column total; it has id, sum.',
    });
    await admin.query('alter table altered rename sum to total');
    expect((await shop.readAll(table, '1', 1)).keys).toEqual(['2']);
    await admin.query('drop table altered');
    expect(await failure(shop.readAll(table, '1', 1))).toMatchObject({ code: 'source_mismatch' });
    await admin.query('create table altered (id bigint primary key, total int)');
    expect((await shop.readAll(table, null, 1)).keys).toEqual([]);
  });
});

describe('a login that is refused', () => {
  it.each([
    ['password', { password: 'hunter2' }, 'The user or its password is refused (28P01).'],
    ['user', { username: 'nobody' }, 'The user or its password is refused (28P01).'],
    ['database', { pathname: '/hunter2' }, 'There is no such database (3D000).'],
  ])('for its %s is said at once, without the URL', async (_, change, detail) => {
    const network = await startNetwork();
    const address = Object.assign(new URL(network.url), change);
    const shop = await open(address.toString());
    const error = await failure(shop.horizon());
    expect(error).toMatchObject({ code: 'source_unavailable', detail });
    expect(network.connections).toBe(1);
    const shown = inspect(error, { depth: 9, showHidden: true });
    for (const secret of ['hunter2', address.host, address.password]) {
      expect(shown).not.toContain(secret);
    }
  });

  it('for a URL that is none, or without TLS, names no part of it', async () => {
    for (const [bad, detail] of [
      ['postgres://u:hunter2@host:99999999/x', 'cannot be read as a URL'],
      ['postgres://u:%E0%A4@hunter2/x', 'cannot be read as a URL'],
      [`${url}?sslmode=verify-full&hunter2`, 'TLS'],
    ]) {
      const error = await failure((await open(bad)).horizon());
      expect(error).toMatchObject({ code: 'source_unavailable' });
      expect(error.detail).toContain(detail);
      expect(inspect(error, { depth: 9 })).not.toContain('hunter2');
    }
  });

  it('shows no value of a row', async () => {
    await admin.query(`create table private (id int primary key, name text);
      insert into private values (1, 'hunter2');
      create view telling as select id, name::int as number from private`);
    const shop = await open();
    const error = await failure(shop.readAll(read('telling', { columns: ['number'] }), null, 9));
    expect(error.code).toBe('source_mismatch');
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2');
  });
});

describe('a connection that fails', () => {
  const stalled = { connectTimeoutMs: 250, statementTimeoutMs: 500 };

  beforeAll(async () => {
    await admin.query(`create table many (id int primary key, filling text);
      insert into many select n, repeat('x', 100) from generate_series(1, 20000) as n`);
  });

  const readMany = (shop: ShopDatabase) =>
    drain((after: string | null) =>
      shop.readAll(read('many', { columns: ['id', 'filling'] }), after, 4_000),
    );
  const everyId = Array.from({ length: 20_000 }, (_, n) => String(n + 1));

  it('as refused is tried again and then unavailable, and works once the server is back', async () => {
    const { hostname, port } = new URL(url);
    const proxy = await startTcpProxy(hostname, Number(port));
    await proxy.down();
    const shop = await open(through(proxy.port));
    expect(await failure(shop.horizon())).toMatchObject({
      code: 'source_unavailable',
      detail: 'Asking where it stands failed (ECONNREFUSED, tried 3 times).',
      cause: { code: 'ECONNREFUSED' },
    });
    await proxy.up();
    expect((await shop.readAll(read('many'), null, 2)).keys).toEqual(['1', '2']);
    // Lost while nobody asked: noticed, and no try is spent on it.
    await proxy.down();
    await proxy.up();
    expect((await shop.readAll(read('many'), '2', 2)).keys).toEqual(['3', '4']);
    await shop.close();
    await proxy.down();
  });

  it('in the middle of an answer loses and doubles no row', async () => {
    const network = await startNetwork();
    network.cutAfterBytes = [300_000, 1_000, 900_000];
    const shop = await open(network.url, { retries: { ...IMPATIENT, tries: 5 } });
    const { keys, cells } = await readMany(shop);
    expect(network.cuts).toBe(3);
    expect(keys).toEqual(everyId);
    expect(cells.every(([id, filling], n) => id === keys[n] && filling!.length === 100)).toBe(true);
  });

  it('in the middle of a statement is tried again, whoever ended it', async () => {
    const { hostname, port } = new URL(url);
    const proxy = await startTcpProxy(hostname, Number(port));
    const shop = await open(through(proxy.port));
    await shop.describe(read('many'));
    for (const end of [
      async () => void (await proxy.down()),
      async (pid: string) =>
        void (await admin.query('select pg_terminate_backend($1::int)', [pid])),
    ]) {
      const unlock = await lockTable('many');
      const page = shop.readAll(read('many'), '7', 3);
      await end(await untilBlocked());
      await unlock();
      await proxy.up();
      expect((await page).keys).toEqual(['8', '9', '10']);
    }
    await shop.close();
    await proxy.down();
  });

  it('as silence from the start ends within its bound and leaves no socket', async () => {
    const network = await startNetwork();
    network.isSilent = true;
    const shop = await open(network.url, stalled);
    const before = performance.now();
    expect(await failure(shop.horizon())).toMatchObject({
      code: 'source_unavailable',
      detail: 'Asking where it stands failed (no session in time, tried 3 times).',
    });
    expect(performance.now() - before).toBeGreaterThan(700);
    expect(performance.now() - before).toBeLessThan(3_000);
    expect(network.connections).toBe(3);
    await until(() => network.sockets.size === 0 || undefined);
  });

  it('as silence in the middle of a statement, or before it, ends within its bound', async () => {
    const network = await startNetwork();
    const shop = await open(network.url, stalled);
    await shop.describe(read('many'));
    const unlock = await lockTable('many');
    const before = performance.now();
    const page = shop.readAll(read('many'), null, 3);
    await untilBlocked();
    network.isSilent = true;
    expect(await failure(page)).toMatchObject({ code: 'source_unavailable' });
    // A statement's limit and a second, then two sessions that do not come about.
    expect(performance.now() - before).toBeLessThan(5_000);
    network.isSilent = false;
    await unlock();
    expect((await shop.readAll(read('many'), null, 1)).keys).toEqual(['1']);

    network.isSilent = true;
    const again = performance.now();
    expect(await failure(shop.readAll(read('many'), null, 1))).toMatchObject({
      code: 'source_unavailable',
    });
    expect(performance.now() - again).toBeLessThan(3_000);
  });

  it('as a statement that takes too long is cancelled, and not begun again', async () => {
    await admin.query(`create table slow_rows as select 1 as id;
      create view slow as select id, pg_sleep(300)::text as nap from slow_rows`);
    const network = await startNetwork();
    const shop = await open(network.url, { statementTimeoutMs: 300 });
    const before = performance.now();
    expect(await failure(shop.readAll(read('slow', { columns: ['nap'] }), null, 1))).toMatchObject({
      code: 'source_unavailable',
      detail: expect.stringContaining('Reading slow was cancelled by the server'),
    });
    expect(performance.now() - before).toBeLessThan(2_000);
    expect(network.connections).toBe(1);
    await until(async () => (await backends(`state = 'active'`)).length === 0 || undefined);
  });
});

describe('a reader', () => {
  const sockets = () =>
    process.getActiveResourcesInfo().filter((name) => /TCPSocket|Timeout/.test(name)).length;

  it('asks one thing at a time, however many are asked for', async () => {
    const network = await startNetwork();
    const shop = await open(network.url);
    const pages = await Promise.all(
      ['0', '10', '20', '30'].map((after) => shop.readAll(read('many'), after, 2)),
    );
    expect(pages.map(({ keys }) => keys[0])).toEqual(['1', '11', '21', '31']);
    expect(network.connections).toBe(1);
  });

  it('that is closed leaves no session, no socket and no timer, and answers no more', async () => {
    const before = sockets();
    const shop = await open();
    await shop.horizon();
    await until(async () => (await backends('true')).length === 1 || undefined);
    await shop.close();
    await until(async () => (await backends('true')).length === 0 || undefined);
    expect(sockets()).toBeLessThanOrEqual(before);
    expect((await failure(shop.horizon())).detail).toContain('closed');
    await shop.close();
  });

  it('that is closed while it reads, or waits for another try, fails at once', async () => {
    const before = sockets();
    const unlock = await lockTable('many');
    const shop = await open();
    await shop.describe(read('many'));
    const page = failure(shop.readAll(read('many'), null, 1));
    await untilBlocked();
    const next = failure(shop.horizon());
    const closing = performance.now();
    await shop.close();
    expect((await page).detail).toContain('closed');
    expect((await next).detail).toContain('closed');
    await unlock();

    const patient = { ...IMPATIENT, firstDelayMs: 60_000, longestDelayMs: 60_000, totalMs: 90_000 };
    const waiting = await open(through(1), { retries: patient });
    const answer = failure(waiting.horizon());
    await new Promise(setImmediate);
    await waiting.close();
    expect((await answer).detail).toContain('closed');
    expect(performance.now() - closing).toBeLessThan(2_000);
    for (const closable of opened.splice(0).reverse()) await closable.close();
    await until(() => sockets() <= before || undefined);
  });
});
