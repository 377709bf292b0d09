/** Bronze holds every delivery; silver holds each event once, as it was first received. */
import { openTestPipeline, type BronzeEvent, type TestPipeline } from '../support/pipeline.js';
import { expectRows, increment, placed, rowsOf } from './golden.js';

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});

const dated: BronzeEvent = {
  call: 'page',
  messageId: 'dated',
  at: '2026-11-05T23:59:59Z',
  country: 'DE',
};
const undated = (receivedAt: string, country = 'DE'): BronzeEvent => ({
  ...{ call: 'page', messageId: 'undated', hasClientTimestamp: false },
  ...{ at: receivedAt, receivedAt, country },
});
const order = (messageId: string, at: string, total: number): BronzeEvent => ({
  ...placed('o1', at, { total }),
  messageId,
});

const EVENTS = `
  select message_id, source, formatDateTime(occurred_at, '%m-%d %H:%i') as at, country,
    formatDateTime(received_at, '%m-%d %H:%i') as received
  from silver.events order by message_id, source, at`;
const events = (drawn: string) => expectRows(pipeline.warehouse, EVENTS, drawn);
const deliveries = async (count: number) =>
  expect(await rowsOf(pipeline.warehouse, 'select count() from bronze.events')).toEqual([
    String(count),
  ]);

describe('duplicates over five increments', () => {
  it('stores one of several deliveries of one load, the first received', async () => {
    await increment(pipeline, [
      { ...dated, receivedAt: '2026-11-06T00:00:01Z', country: 'FR' },
      { ...dated, receivedAt: '2026-11-05T23:59:59Z' },
      { ...dated, receivedAt: '2026-11-05T23:59:59Z' },
      { ...dated, receivedAt: '2026-11-05T23:59:59Z', source: 'app' },
      undated('2026-11-05T12:00:00Z'),
      order('m1', '2026-11-05T10:00:00Z', 10),
    ]);
    await deliveries(6);
    await events(`
      dated   | app | 11-05 23:59 | DE | 11-05 23:59
      dated   | web | 11-05 23:59 | DE | 11-05 23:59
      m1      | web | 11-05 10:00 | DE | 11-05 10:00
      undated | web | 11-05 12:00 | DE | 11-05 12:00`);
  });

  it.each([
    ['across midnight', '2026-11-06T00:00:05Z', 9],
    ['25 hours later', '2026-11-07T00:59:59Z', 12],
    ['8 days later', '2026-11-13T23:59:59Z', 15],
    ['30 days after the undated one', '2026-12-05T12:00:00Z', 18],
  ])('drops a replay %s, whatever it now says', async (_, receivedAt, standing) => {
    await increment(pipeline, [
      { ...dated, receivedAt, country: 'FR' },
      undated(receivedAt, 'FR'),
      { ...order('m1', '2026-11-05T10:00:00Z', 999), receivedAt },
    ]);
    await deliveries(standing);
    await events(`
      dated   | app | 11-05 23:59 | DE | 11-05 23:59
      dated   | web | 11-05 23:59 | DE | 11-05 23:59
      m1      | web | 11-05 10:00 | DE | 11-05 10:00
      undated | web | 11-05 12:00 | DE | 11-05 12:00`);
    await expectRows(pipeline.warehouse, 'select order_id, gross from silver.orders', 'o1 | 10');
    await expectRows(
      pipeline.warehouse,
      'select sum(t.page_views) as page_views, sum(t.sessions) as sessions from gold.traffic_15m as t',
      '3 | 3',
    );
    await expectRows(pipeline.warehouse, 'select distinct country from silver.sessions', 'DE');
  });

  it('looks an event with a corrected clock up by its uncorrected day', async () => {
    // The client's clock is a year ahead; the collector's correction differs between deliveries.
    const skewed = { call: 'page', messageId: 'skewed', at: '2026-11-20T23:59:59Z' };
    await increment(pipeline, [skewed]);
    await pipeline.warehouse.command(
      'pipeline',
      `insert into bronze.events select * replace (
         occurred_at + interval 2 second as occurred_at, now64(3) as _loaded_at
       ) from bronze.events where message_id = 'skewed'`,
    );
    await increment(pipeline, [{ ...skewed, receivedAt: '2026-11-22T00:00:00Z' }]);
    await deliveries(21);
    await expectRows(
      pipeline.warehouse,
      `select count(), toString(any(occurred_at)) from silver.events where message_id = 'skewed'`,
      '1 | 2026-11-20 23:59:59.000',
    );
  });

  it('takes an undated id for a new event once 30 days are over', async () => {
    await increment(pipeline, [undated('2026-12-06T00:00:00Z', 'FR')]);
    await expectRows(
      pipeline.warehouse,
      `select country from silver.events where message_id = 'undated' order by occurred_at`,
      `DE
       FR`,
    );
  });
});
