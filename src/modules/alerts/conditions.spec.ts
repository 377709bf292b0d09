import { evaluate, unknownKinds, type KnownModel, type KnownState } from './conditions.js';

const NOW = new Date('2026-11-05T12:00:00Z');
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);

const model = (name: string, rest: Partial<KnownModel> = {}): KnownModel => ({
  ...{ name, schedule: 'streaming', upstream: [], status: 'ok', reason: null, asOf: ago(0) },
  ...rest,
});

const state = (rest: Partial<KnownState> = {}): KnownState => ({
  now: NOW,
  ledSince: ago(60 * 24 * 7),
  models: [model('silver.events')],
  runs: [],
  lastEventAt: ago(1),
  silenceMinutes: 60,
  source: null,
  scores: [],
  undelivered: [],
  ...rest,
});

const keys = (rest: Partial<KnownState>) =>
  evaluate(state(rest)).map(({ kind, subject }) => `${kind}:${subject}`);

it('nothing is wrong where all is well, nor in an installation that never ran', () => {
  expect(keys({})).toEqual([]);
  const models = [model('silver.events', { asOf: null })];
  expect(keys({ ledSince: null, lastEventAt: null, models })).toEqual([]);
});

describe('a model', () => {
  it('that is held or failed is told with its reason and what serves', () => {
    const reason = 'The check unique_order_id failed for 2 rows.';
    const held = model('gold.a', { status: 'held', reason, asOf: ago(5) });
    const failed = model('gold.b', { status: 'failed', reason: 'Error 241', asOf: null });
    expect(evaluate(state({ models: [held, failed] }))).toEqual([
      {
        kind: 'model_held',
        subject: 'gold.a',
        summary: 'gold.a is held: a check failed',
        detail: `${reason} Its version as of 2026-11-05T11:55:00.000Z keeps serving.`,
      },
      {
        kind: 'model_failed',
        subject: 'gold.b',
        summary: 'gold.b failed',
        detail: 'Error 241.',
      },
    ]);
  });

  it.each([
    ['streaming', 15],
    ['minutely', 15],
    ['hourly', 150],
    ['daily', 26 * 60],
  ])('of the schedule %s may be %d minutes old', (schedule, minutes) => {
    const aged = (age: number) => keys({ models: [model('m', { schedule, asOf: ago(age) })] });
    expect(aged(minutes)).toEqual([]);
    expect(aged(minutes + 1)).toEqual(['model_stale:m']);
  });

  it('is not blamed for what it reads', () => {
    const chain = (first: Partial<KnownModel>) => [
      model('silver.a', { asOf: ago(60), ...first }),
      model('silver.view', { schedule: null, asOf: null, upstream: ['silver.a'] }),
      model('gold.b', { asOf: ago(60), upstream: ['silver.view'] }),
      model('gold.c', { asOf: ago(60), upstream: ['gold.b'] }),
    ];
    expect(keys({ models: chain({}) })).toEqual(['model_stale:silver.a']);
    expect(keys({ models: chain({ status: 'held' }) })).toEqual(['model_held:silver.a']);
    expect(keys({ models: chain({ asOf: ago(0) }) })).toEqual(['model_stale:gold.b']);
  });

  it('may be as old as the slowest that it reads', () => {
    const models = [
      model('silver.rates', { schedule: 'daily', asOf: ago(600) }),
      model('gold.b', { asOf: ago(600), upstream: ['silver.rates'] }),
    ];
    expect(keys({ models })).toEqual([]);
  });

  it('that was never made is late from the beginning of the leadership on', () => {
    const models = [model('m', { asOf: null })];
    expect(keys({ models, ledSince: ago(15) })).toEqual([]);
    expect(keys({ models, ledSince: ago(16) })).toEqual(['model_stale:m']);
  });
});

it('after an outage the service catches up first', () => {
  const late = {
    models: [model('m', { asOf: ago(600) })],
    lastEventAt: ago(600),
    source: { name: 'shop', readAt: ago(600), error: null },
  };
  expect(keys({ ...late, ledSince: ago(5) })).toEqual([]);
  const all = ['model_stale:m', 'ingestion_silent:events', 'source_stale:shop'];
  expect(keys({ ...late, ledSince: ago(6) })).toEqual(all);
});

describe('a run that failed', () => {
  const run = { target: 'hourly', status: 'failed', error: 'Error TIMEOUT', finishedAt: ago(10) };
  const hourly = (asOf: Date) => [model('gold.h', { schedule: 'hourly', asOf })];

  it('is told until what it was to make is made', () => {
    expect(evaluate(state({ runs: [run], models: hourly(ago(65)) }))).toMatchObject([
      {
        kind: 'run_failed',
        subject: 'hourly',
        detail: 'It stopped at 2026-11-05T11:50:00.000Z: Error TIMEOUT.',
      },
    ]);
    expect(keys({ runs: [run], models: hourly(ago(5)) })).toEqual([]);
  });

  it('is not told for one tick among good ones, nor where a model tells it already', () => {
    const tick = { ...run, target: 'streaming', finishedAt: ago(0) };
    expect(keys({ runs: [tick], models: [model('m', { asOf: ago(1) })] })).toEqual([]);
    expect(keys({ runs: [{ ...run, error: null }], models: hourly(ago(65)) })).toEqual([]);
    expect(keys({ runs: [tick], models: [model('m', { asOf: ago(3) })] })).toEqual([
      'run_failed:streaming',
    ]);
  });
});

describe('silence', () => {
  it('is told after the minutes configured, if anything ever came', () => {
    expect(keys({ lastEventAt: ago(60) })).toEqual([]);
    expect(keys({ lastEventAt: ago(61) })).toEqual(['ingestion_silent:events']);
    expect(keys({ lastEventAt: ago(61), silenceMinutes: 0 })).toEqual([]);
    expect(keys({ lastEventAt: null })).toEqual([]);
  });

  it('is neither begun nor over while nobody can tell', () => {
    expect(keys({ lastEventAt: undefined })).toEqual([]);
    expect(unknownKinds(state({ lastEventAt: undefined }))).toEqual(['ingestion_silent']);
    expect(unknownKinds(state())).toEqual([]);
  });
});

it('a shop database is told with why it is not read', () => {
  const source = (readAt: Date | null) => ({ name: 'shop', readAt, error: 'source_unavailable' });
  expect(keys({ source: source(ago(15)) })).toEqual([]);
  expect(evaluate(state({ source: source(null) }))).toMatchObject([
    { detail: 'It was last read at no time yet. The last extraction failed: source_unavailable.' },
  ]);
});

it('quality is told against its targets, and no score is no fault', () => {
  const score = (completeness: number | null, accuracy: number | null) => ({
    ...{ model: 'silver.orders', completeness, accuracy },
  });
  expect(keys({ scores: [score(0.95, 0.99), score(null, null)] })).toEqual([]);
  expect(evaluate(state({ scores: [score(0.9499, 0.5)] }))).toMatchObject([
    {
      kind: 'quality_below_target',
      subject: 'silver.orders',
      detail: 'completeness 94.9% of 95.0%, accuracy 50.0% of 99.0%.',
    },
  ]);
});

it('reports that no receiver takes are told by channel', () => {
  expect(keys({ undelivered: [{ channel: 'slack', reports: 2 }] })).toEqual([
    'report_undelivered:slack',
  ]);
});
