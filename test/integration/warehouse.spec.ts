/** The warehouse client holds the same promises on both engines. */
import type { CodedError } from '../../src/contracts/errors.js';
import {
  memorySettings,
  sessionSettings,
  type Role,
} from '../../src/platform/warehouse/connections.js';
import {
  isEngineError,
  type Parameter,
  type StatementParameters,
  type Warehouse,
} from '../../src/platform/warehouse/warehouse.js';
import { openTestWarehouse } from '../support/stores.js';

const MEMORY_MB = 800;
const ROLES: Role[] = ['writer', 'reader', 'pipeline', 'health'];
/** Both readers answer at least one of so many statements that follow each other. */
const EVERY_CONNECTION = 4;

const AWKWARD = `t\tn\nr\rb\\q'Q"\`;--/*é😀\u0001\u0000 {x:String} \\n \\N %41+&=#`;

const PARAMETERS: [type: string, value: Parameter, answer: unknown][] = [
  ['String', AWKWARD, AWKWARD],
  ['String', '', ''],
  ['String', '\\N', '\\N'],
  ['Nullable(String)', null, null],
  ['Nullable(String)', 'NULL', 'NULL'],
  ['Array(String)', [], []],
  ['Array(String)', ["a'b", '\\', 'x\ty\n', '"', "',", ''], ["a'b", '\\', 'x\ty\n', '"', "',", '']],
  ['Array(Nullable(String))', [null, 'NULL'], [null, 'NULL']],
  ['Array(Array(UInt8))', [[1, 2], []], [[1, 2], []]],
  ['Array(Date)', ['2024-02-29'], ['2024-02-29']],
  ["DateTime64(3, 'UTC')", new Date('2024-02-29T23:59:59.123Z'), '2024-02-29 23:59:59.123'],
  ["Array(DateTime64(3, 'UTC'))", [new Date(0)], ['1970-01-01 00:00:00.000']],
  ['Decimal(38, 6)', '12345678901234567890.123456', '12345678901234567890.123456'],
  ['Decimal(18, 6)', '-0.000001', '-0.000001'],
  ['UInt64', '18446744073709551615', '18446744073709551615'],
  ['Int64', '-9007199254740993', '-9007199254740993'],
  ['Float64', 0.1, 0.1],
  ['Bool', true, true],
];

describe.each(['embedded', 'url'] as const)('the warehouse (%s)', (engine) => {
  let warehouse: Warehouse;

  beforeAll(async () => {
    warehouse = await openTestWarehouse(engine);
    await warehouse.command(
      'pipeline',
      `create table stage.lines (id UInt64, text String, at DateTime64(3, 'UTC'),
         amount Decimal(18, 6)) engine = MergeTree order by id settings fsync_after_insert = 1`,
    );
  });

  async function settingsInForce(role: Role, names: string[]): Promise<Record<string, string>> {
    const rows = await warehouse.query<{ name: string; value: string }>(
      role,
      'select name, value from system.settings where name in {names:Array(String)}',
      { names },
    );
    return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  }

  async function expectSettings(role: Role): Promise<void> {
    const wanted = Object.entries({
      ...sessionSettings(role),
      ...(engine === 'embedded' ? memorySettings(MEMORY_MB) : {}),
    });
    const expected = Object.fromEntries(wanted.map(([name, value]) => [name, String(value)]));
    for (let turn = 0; turn < EVERY_CONNECTION; turn += 1) {
      expect(await settingsInForce(role, Object.keys(expected))).toEqual(expected);
    }
  }

  describe('settings', () => {
    it.each(ROLES)('that never vary are in force for the %s', expectSettings);

    it(`of memory are ${engine === 'embedded' ? 'ours' : 'the server’s own'}`, async () => {
      const names = Object.keys(memorySettings(MEMORY_MB));
      const rows = await warehouse.query<{ changed: number }>(
        'pipeline',
        'select changed from system.settings where name in {names:Array(String)}',
        { names },
      );
      const isOurs = engine === 'embedded' ? 1 : 0;
      expect(rows).toEqual(names.map(() => ({ changed: isOurs })));
    });

    it('are still in force after a hundred mixed statements', async () => {
      const statements = [
        'select 1 as one settings join_use_nulls = 0, max_execution_time = 5',
        'select toUInt64(1) as one settings output_format_json_quote_64bit_integers = 0',
        'select throwIf(1)',
        'select {n:UInt64} as one',
        'selec 1',
      ];
      for (let index = 0; index < 100; index += 1) {
        const sql = statements[index % statements.length]!;
        const parameters: StatementParameters = sql.includes('{n:') ? { n: index } : {};
        const isRefused = sql.includes('throwIf') || sql.startsWith('selec ');
        const outcome = await warehouse.query(ROLES[index % ROLES.length]!, sql, parameters).then(
          () => false,
          (error: unknown) => isEngineError(error),
        );
        expect(outcome).toBe(isRefused);
      }
      for (const role of ROLES) await expectSettings(role);
    });

    it('of one statement do not reach the next', async () => {
      for (let turn = 0; turn < EVERY_CONNECTION; turn += 1) {
        const { n } = await warehouse.queryOne<{ n: unknown }>(
          'reader',
          'select toUInt64(1) as n settings output_format_json_quote_64bit_integers = 0',
        );
        expect(n).toBe(1);
        expect(await warehouse.queryOne('reader', 'select toUInt64(1) as n')).toEqual({ n: '1' });
      }
    });

    it('quote decimals and make a missing joined row null', async () => {
      const row = await warehouse.queryOne(
        'reader',
        `select toDecimal64('0.10', 6) as amount, b.v as missing
         from (select 1 as k) a left join (select 2 as k, 'x' as v) b on a.k = b.k`,
      );
      expect(row).toEqual({ amount: '0.1', missing: null });
    });
  });

  describe('parameters', () => {
    it.each(PARAMETERS)('bind %s %p exactly', async (type, value, answer) => {
      const row = await warehouse.queryOne('reader', `select {v:${type}} as v`, { v: value });
      expect(row).toEqual({ v: answer });
    });

    it('of statements beside each other stay apart', async () => {
      const values = Array.from({ length: 40 }, (_, index) => `statement ${index}`);
      const answers = await Promise.all(
        values.map((v) =>
          warehouse.queryOne<{ v: string }>('reader', 'select {v:String} as v', { v }),
        ),
      );
      expect(answers.map(({ v }) => v)).toEqual(values);
    });

    it('of one statement do not reach the next', async () => {
      for (let turn = 0; turn < EVERY_CONNECTION; turn += 1) {
        await warehouse.query('reader', 'select {secret:String} as v', { secret: 'kept' });
      }
      await expect(warehouse.query('reader', 'select {secret:String} as v')).rejects.toMatchObject({
        type: 'UNKNOWN_QUERY_PARAMETER',
      });
    });
  });

  describe('statements beside each other', () => {
    const SLOW = 'select sum(sleepEachRow({s:Float64})) as n from numbers(3)';

    /** True if `work` ends while the slow statement of `role` still runs. */
    async function endsDuringSlow(role: Role, work: () => Promise<unknown>): Promise<boolean> {
      let isSlowOver = false;
      const slow = warehouse.query(role, SLOW, { s: 0.5 }).finally(() => (isSlowOver = true));
      await work();
      const wasFirst = !isSlowOver;
      expect(await slow).toEqual([{ n: '0' }]);
      return wasFirst;
    }

    it.each(ROLES)('a slow %s holds up no other role', async (role) => {
      const others = ROLES.filter((other) => other !== role);
      const work = async () => {
        for (const other of others) {
          await warehouse.query(other, 'select {n:UInt8} as n', { n: 1 });
          await warehouse.query(other, 'select 1');
        }
      };
      expect(await endsDuringSlow(role, work)).toBe(true);
    });

    it('a slow read holds up no other read, whatever runs in between', async () => {
      const work = async () => {
        for (const role of ['pipeline', 'reader', 'reader', 'writer', 'reader'] as const) {
          await warehouse.query(role, 'select {n:UInt8} as n', { n: 1 });
        }
      };
      expect(await endsDuringSlow('reader', work)).toBe(true);
    });
  });

  it('answers a ping while slow reads hold every reader', async () => {
    let over = 0;
    const slow = Array.from({ length: EVERY_CONNECTION }, () =>
      warehouse.query('reader', 'select sleep(1)').finally(() => (over += 1)),
    );
    await warehouse.ping();
    expect(over).toBe(0);
    await Promise.all(slow);
  });

  describe('inserted lines', () => {
    const columns = ['id', 'text', 'at', 'amount'];
    const line = (id: string, text: string) =>
      JSON.stringify({ id, text, at: '2024-02-29 23:59:59.123', amount: '999999999999.123456' });

    it('stand exactly as they were when the call returns', async () => {
      const texts = [AWKWARD, '', '{"a":"b\\n"}', '\u2028'];
      const lines = texts.map((text, index) => line(`1844674407370955161${index}`, text));
      await warehouse.insertLines('stage.lines', columns, lines);
      const rows = await warehouse.query('reader', 'select * from stage.lines order by id');
      expect(rows).toEqual(lines.map((each) => JSON.parse(each)));
    });

    it('are refused as a whole for one bad row, with the engine’s own code', async () => {
      const lines = [line('1', 'good'), line('2', 'bad').replace('2024-02-29', 'yesterday')];
      await expect(warehouse.insertLines('stage.lines', columns, lines)).rejects.toMatchObject({
        code: '41',
        type: 'CANNOT_PARSE_DATETIME',
      });
      const sql = 'select count() as n from stage.lines where id < 10';
      expect(await warehouse.queryOne('reader', sql)).toEqual({ n: '0' });
    });
  });

  describe('errors', () => {
    it.each([
      ['62', 'SYNTAX_ERROR', 'selec 1'],
      ['60', 'UNKNOWN_TABLE', 'select * from gold.nowhere'],
      ['395', 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO', "select throwIf(1, 'no')"],
    ])('%s %s is the engine’s own', async (code, type, sql) => {
      const error = await warehouse.command('pipeline', sql).catch((reason: unknown) => reason);
      expect(isEngineError(error)).toBe(true);
      expect(error).toMatchObject({ code, type });
    });

    it('a statement that outlives its limit is query_timeout, and the connection lives on', async () => {
      const sql = 'select sleep(3) settings max_execution_time = 1';
      const error = await warehouse.query('pipeline', sql).catch((reason: unknown) => reason);
      expect((error as CodedError).code).toBe('query_timeout');
      expect(await warehouse.queryOne('pipeline', 'select 1 as n')).toEqual({ n: 1 });
    });
  });
});
