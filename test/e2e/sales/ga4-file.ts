/** The Google Merchandise Store's GA4 events, read strictly and told as Segment events. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { JsonObject } from '../../../src/contracts/json.js';

export type Ga4Row = Readonly<Record<string, string>>;

const FILE = 'google_merch_ga4/ga4_events_flat.csv.gz';

export function readGa4(datasets: string): Ga4Row[] {
  const [header, ...records] = parseCsv(
    gunzipSync(readFileSync(`${datasets}/${FILE}`)).toString('utf8'),
  );
  return records.map((fields, index) => {
    if (fields.length !== header!.length) throw new Error(`Row ${index + 1} has gaps.`);
    return Object.fromEntries(header!.map((name, column) => [name, fields[column]!]));
  });
}

/** RFC 4180: fields in quotes may hold commas, line breaks and doubled quotes. */
export function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  while (field.lastIndex < text.length) {
    const at = field.lastIndex;
    const match = field.exec(text);
    if (!match) throw new Error(`The CSV cannot be read at character ${at}.`);
    record.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] !== ',') {
      records.push(record);
      record = [];
    }
  }
  if (record.length > 0) throw new Error('The CSV ends within a record.');
  return records;
}

/**
 * A transaction id is real if it is digits. GA4 writes `(not set)` for one that it did not learn
 * and leaves it empty on some purchases: those cannot be told apart, so they are no orders.
 */
export const isRealOrder = (row: Ga4Row) =>
  row['event_name'] === 'purchase' && /^\d+$/.test(row['transaction_id']!);

/** GA4 writes country names; the collector takes ISO 3166 codes. Others stay unknown. */
const COUNTRIES: Record<string, string> = {
  'United States': 'US',
  India: 'IN',
  Canada: 'CA',
  'United Kingdom': 'GB',
  France: 'FR',
  Germany: 'DE',
};

/** The name under which an event stands in silver; a page view has none. */
export function segmentName(row: Ga4Row): string {
  const name = row['event_name']!;
  if (name === 'page_view') return '';
  return isRealOrder(row) ? 'Order Completed' : name;
}

export function toSegment(row: Ga4Row, index: number): JsonObject {
  const country = COUNTRIES[row['country']!];
  const url = row['page_location']!;
  return {
    ...(row['event_name'] === 'page_view' ? { type: 'page' } : { type: 'track' }),
    ...(segmentName(row) === '' ? {} : { event: segmentName(row) }),
    messageId: `ga4-${index}`,
    anonymousId: row['user_pseudo_id']!,
    timestamp: new Date(Number(row['event_timestamp']) / 1_000).toISOString(),
    context: { page: { url }, ...(country ? { location: { country } } : {}) },
    properties: isRealOrder(row)
      ? {
          order_id: row['transaction_id']!,
          revenue: row['purchase_revenue_in_usd']!,
          currency: 'USD',
        }
      : { title: row['page_title']!, url },
  };
}
