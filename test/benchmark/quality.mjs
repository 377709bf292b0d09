/**
 * What quality costs: the time of a report, every check over all tables, beside the time that the
 * models took for the same rows. Run it on the build: `npm run bench:quality -- [--events 1000000]`.
 */
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Runner } from '../../dist/src/analytics/index.js';
import { startService } from '../../dist/src/main.js';
import { QualityService } from '../../dist/src/modules/quality/quality.service.js';
import {
  addSessions,
  benchConfig,
  benchDataDir,
  median,
  sized,
  timed,
} from './warehouse/generated.mjs';

const { values } = parseArgs({ options: { events: { type: 'string', default: '1000000' } } });
const REPORTS = 3;
const SLOWEST = 6;

const shop = sized(Number(values.events));
const dataDir = benchDataDir();
const service = await startService(benchConfig(dataDir));
try {
  await addSessions(service.platform.warehouse, shop, 0, shop.sessions);
  const runner = service.app.get(Runner, { strict: false });
  const models = await timed(() => runner.run({ target: 'all', trigger: 'request' }));
  if (models.result.status !== 'published') throw new Error(`It ended ${models.result.status}.`);
  const quality = service.app.get(QualityService, { strict: false });
  const taken = [];
  for (let report = 0; report < REPORTS; report += 1) {
    const { finished } = await quality.start('benchmark');
    taken.push((await timed(() => finished)).ms);
  }
  const { report } = await quality.find('latest');
  if (!report) throw new Error('No report was made.');
  const share = median(taken) / models.ms;
  console.log(
    `${values.events} events: models ${(models.ms / 1000).toFixed(1)} s, a report of ` +
      `${report.summary.checks} checks over ${report.summary.tables} tables ` +
      `${(median(taken) / 1000).toFixed(2)} s: ${(share * 100).toFixed(1)} % (target 30 %)`,
  );
  const slowest = [...report.tables].sort((a, b) => b.duration_ms - a.duration_ms);
  for (const { table, duration_ms: ms } of slowest.slice(0, SLOWEST)) {
    console.log(`  ${table.padEnd(28)} ${ms} ms`);
  }
} finally {
  await service.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
