/** Real ad spend loaded from its file with the shipped mapping: its published totals come out. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Breakdown } from '../../../src/contracts/metric-contract.js';
import { startTestService } from '../../support/service.js';
import type { Reply } from '../behaviour/client.js';
import { counts, LoadClient } from '../sources/load-client.js';

const datasets = process.env['CARTOGRAPH_DATASETS'];
// One of the skips that REQUIRE_ALL=1 allows: the file is no part of the repository.
if (!datasets) process.stderr.write('SKIPPED ad spend: CARTOGRAPH_DATASETS is not set\n');

const FILE = 'kag_facebook_ads/KAG_conversion_data.csv';
const MAPPING = new URL('../../../mappings/kag_facebook_ads.yml', import.meta.url);

(datasets ? describe : describe.skip)('the ads of three campaigns', () => {
  it('cost and brought what was published, also when the file is loaded twice', async () => {
    const service = await startTestService();
    const loads = new LoadClient(service, await service.key('pipelines:run'));
    const file = {
      entity: 'ad_spend',
      name: 'KAG_conversion_data.csv',
      mapping: readFileSync(MAPPING, 'utf8'),
      content: readFileSync(join(datasets!, FILE)),
    };
    expect((await loads.load(file)).counts).toEqual(counts({ loaded: 1143 }));
    expect((await loads.load(file)).counts).toEqual(counts({ unchanged: 1143 }));
    expect((await service.run()).status).toBe('published');
    const metrics = 'spend,clicks,impressions,platform_conversions,roas';
    const range = 'from=2017-08-01&to=2017-09-01';
    const response = await service.get(
      `/api/v1/campaigns/breakdown?by=campaign&metrics=${metrics}&${range}`,
      await service.key('campaigns:read'),
    );
    const { data } = (await response.json()) as Reply<Breakdown>;
    const rows = data.rows.map(({ label: _, ...row }) => Object.values(row));
    expect(rows).toEqual([
      ['1178', '55662.15', 36068, expect.any(Number), 872, 0],
      ['936', '2893.37', 1984, expect.any(Number), 183, 0],
      ['916', '149.71', 113, expect.any(Number), 24, 0],
    ]);
  });
});
