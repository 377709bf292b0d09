/**
 * What the simulated shop pays for its paid campaigns, a line a day and campaign, as an ad account
 * exports it. Imported only by the demo.
 */
import { stringify } from 'csv-stringify/sync';
import { addDays } from '../days.js';
import { paidCampaigns } from './arrivals.js';
import { Random } from './prng.js';

const CLICKS = { least: 8, most: 40 };
const IMPRESSIONS_A_CLICK = { least: 20, most: 60 };
const CENTS_A_CLICK = { least: 18, most: 90 };

/**
 * CSV with the columns of `mappings/ad_spend.yml`; the same seed and days give the same text. One
 * that is `off` says of the last day's first campaign that it cost a hundred times as much.
 */
export function adSpendCsv(seed: number, until: string, days: number, isOff = false): string {
  const random = new Random(seed);
  const rows = Array.from({ length: days }, (_, index) => addDays(until, index + 1 - days)).flatMap(
    (date) =>
      paidCampaigns().map(({ source, medium, campaign }, index) => {
        const clicks = random.integer(CLICKS.least, CLICKS.most);
        const { least, most } = IMPRESSIONS_A_CLICK;
        const impressions = clicks * random.integer(least, most);
        const factor = isOff && date === until && index === 0 ? 100 : 1;
        const cents = factor * clicks * random.integer(CENTS_A_CLICK.least, CENTS_A_CLICK.most);
        return [date, source, medium, campaign, impressions, clicks, (cents / 100).toFixed(2)];
      }),
  );
  const columns = ['date', 'source', 'medium', 'campaign', 'impressions', 'clicks', 'spend'];
  return stringify(rows, { header: true, columns });
}
