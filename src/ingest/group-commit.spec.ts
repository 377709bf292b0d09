import { pino } from 'pino';
import { CodedError } from '../contracts/errors.js';
import { Telemetry } from '../platform/telemetry/telemetry.js';
import { BRONZE_LIMITS, GroupCommit, type Limits } from './group-commit.js';

const BAD = '{"bad":true}';
const good = (count: number) => Array.from({ length: count }, (_, index) => `{"id":${index}}`);
const refused = (index: number) => ({ index, reason: 'cannot_parse_datetime' });

/** A warehouse that refuses a group with a bad line, and answers only when it is let. */
class FakeWarehouse {
  readonly inserts: string[][] = [];
  failure: Error | null = null;
  private gates: (() => void)[] | null = null;
  private arrivals: (() => void)[] = [];

  async insertLines(_table: string, _columns: readonly string[], lines: string[]): Promise<void> {
    this.inserts.push(lines);
    for (const arrived of this.arrivals.splice(0)) arrived();
    await new Promise<void>((resolve) => (this.gates ? this.gates.push(resolve) : resolve()));
    if (this.failure) throw this.failure;
    if (lines.includes(BAD)) {
      throw Object.assign(new Error('refused'), { code: '41', type: 'CANNOT_PARSE_DATETIME' });
    }
  }

  /** From here on inserts wait for `open`. */
  hold(): void {
    this.gates = [];
  }

  open(): void {
    for (const pass of this.gates ?? []) pass();
    this.gates = null;
  }

  /** Answers when the next insert has begun. */
  begun(): Promise<void> {
    return new Promise((resolve) => this.arrivals.push(resolve));
  }
}

function setUp(limits: Partial<Limits> = {}) {
  const warehouse = new FakeWarehouse();
  const telemetry = new Telemetry();
  const logger = pino({ level: 'silent' });
  const all = { ...BRONZE_LIMITS, ...limits };
  const commit = new GroupCommit('t', ['id'], warehouse, telemetry, logger, all);
  return { warehouse, telemetry, commit };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof CodedError ? error.code : 'not coded'),
  );

describe('grouping', () => {
  it('puts what arrives in one turn into one insert', async () => {
    const { warehouse, commit } = setUp();
    const answers = await Promise.all([commit.submit(['a']), commit.submit(['b', 'c'])]);
    expect(answers).toEqual([[], []]);
    expect(warehouse.inserts).toEqual([['a', 'b', 'c']]);
  });

  it('keeps one insert in flight and takes with the next all that came meanwhile', async () => {
    const { warehouse, commit } = setUp();
    warehouse.hold();
    const first = commit.submit(['a']);
    await warehouse.begun();
    const later = [commit.submit(['b']), commit.submit(['c']), commit.submit(['d'])];
    await new Promise((resolve) => setImmediate(resolve));
    expect(warehouse.inserts).toEqual([['a']]);
    warehouse.open();
    await Promise.all([first, ...later]);
    expect(warehouse.inserts).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('does not answer before the insert is done', async () => {
    const { warehouse, commit } = setUp();
    warehouse.hold();
    let isAnswered = false;
    const submission = commit.submit(['a']).then(() => (isAnswered = true));
    await warehouse.begun();
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    warehouse.open();
    await submission;
    expect(isAnswered).toBe(true);
  });

  it.each<[string, Partial<Limits>]>([
    ['rows', { insertRows: 3 }],
    ['bytes', { insertBytes: 3 }],
  ])('bounds an insert by %s but never splits a submission', async (_, limits) => {
    const { warehouse, commit } = setUp(limits);
    await Promise.all(
      [['a', 'b'], ['c'], ['d'], ['e', 'f', 'g', 'h']].map((l) => commit.submit(l)),
    );
    expect(warehouse.inserts).toEqual([['a', 'b', 'c'], ['d'], ['e', 'f', 'g', 'h']]);
  });
});

describe('a full buffer', () => {
  it.each<[string, Partial<Limits>, string[], string[]]>([
    ['rows', { bufferedRows: 3 }, ['a', 'b'], ['c', 'd']],
    ['bytes', { bufferedBytes: 5 }, ['abc'], ['def']],
  ])('of %s is busy, and takes again when it is empty', async (_, limits, first, second) => {
    const { warehouse, commit, telemetry } = setUp(limits);
    warehouse.hold();
    const held = commit.submit(first);
    expect(await codeOf(commit.submit(second))).toBe('busy');
    await warehouse.begun();
    expect(await codeOf(commit.submit(second))).toBe('busy');
    warehouse.open();
    await held;
    await expect(commit.submit(second)).resolves.toEqual([]);
    expect(warehouse.inserts).toEqual([first, second]);
    const buffered = await telemetry.bufferedRows.get();
    expect(buffered.values).toEqual([{ labels: { table: 't' }, value: 0 }]);
  });

  it('counts bytes, not characters', async () => {
    const { commit } = setUp({ bufferedBytes: 4 });
    // Not even an empty buffer holds it, so no retry can help.
    expect(await codeOf(commit.submit(['äöü']))).toBe('request_too_large');
  });

  it('is exact at its border', async () => {
    const { commit } = setUp({ bufferedRows: 2, bufferedBytes: 3 });
    await expect(commit.submit(['a', 'b'])).resolves.toEqual([]);
    expect(await codeOf(commit.submit(['a', 'b', 'c']))).toBe('busy');
  });
});

describe('rows that the engine refuses', () => {
  it.each([0, 1, 499, 500, 998, 999])('finds one at %d among 1,000', async (at) => {
    const { warehouse, commit } = setUp();
    const lines = good(1000);
    lines[at] = BAD;
    expect(await commit.submit(lines)).toEqual([refused(at)]);
    expect(warehouse.inserts.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(1000)) + 1);
    expect(stored(warehouse)).toEqual(lines.filter((line) => line !== BAD));
  });

  it('finds several, and gives each submission its own', async () => {
    const { warehouse, commit } = setUp();
    const [first, second, third] = [[BAD, 'a', 'b'], ['c'], ['d', BAD, BAD]];
    const answers = await Promise.all([first, second, third].map((lines) => commit.submit(lines!)));
    expect(answers).toEqual([[refused(0)], [], [refused(1), refused(2)]]);
    expect(stored(warehouse)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('may be all of them', async () => {
    const { warehouse, commit } = setUp();
    const answer = await commit.submit(Array.from({ length: 9 }, () => BAD));
    expect(answer).toEqual(Array.from({ length: 9 }, (_, index) => refused(index)));
    expect(stored(warehouse)).toEqual([]);
  });

  /** What stands in inserts that held no bad line. */
  const stored = ({ inserts }: FakeWarehouse) =>
    inserts.filter((lines) => !lines.includes(BAD)).flat();
});

describe('a store that fails', () => {
  it.each<[string, Error]>([
    ['is away', new CodedError('store_unavailable', 'The warehouse does not answer.')],
    ['is too slow', new CodedError('query_timeout', 'The warehouse stopped the query.')],
    [
      'is out of memory',
      Object.assign(new Error('memory'), { code: '241', type: 'MEMORY_LIMIT_EXCEEDED' }),
    ],
    ['throws anything else', new TypeError('unexpected')],
  ])('because it %s rejects the whole group, and the next submission works', async (_, failure) => {
    const { warehouse, commit } = setUp();
    warehouse.failure = failure;
    const codes = await Promise.all([['a'], ['b'], [BAD]].map((l) => codeOf(commit.submit(l))));
    expect(codes).toEqual(['store_unavailable', 'store_unavailable', 'store_unavailable']);
    expect(warehouse.inserts).toHaveLength(1);
    warehouse.failure = null;
    await expect(commit.submit(['c'])).resolves.toEqual([]);
  });
});

describe('drain', () => {
  it('answers at once when nothing waits, else when everything is answered', async () => {
    const { warehouse, commit } = setUp();
    await commit.drain();
    const done: string[] = [];
    warehouse.hold();
    void commit.submit(['a']).then(() => done.push('a'));
    await warehouse.begun();
    void commit.submit(['b']).then(() => done.push('b'));
    const drained = commit.drain().then(() => done.push('drained'));
    warehouse.open();
    await drained;
    expect(done).toEqual(['a', 'b', 'drained']);
  });
});
