/**
 * Twice the load that the collector can take, for a minute: what is taken, what is told to come
 * back, how long the taken waits, how much memory it costs, how soon all is well again. Run it on
 * the build: `npm run bench:overload -- [--seconds 60]`; exit code 1 if a promise does not hold.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { countOf, createWriteKey, productView, residentMbOf, startCartograph } from './service.mjs';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const SECONDS = Number(values.seconds);
const CAPACITY_SECONDS = 6;
/** Each sends its next event only when it was answered: enough of them for twice the load. */
const CONNECTIONS = 3_000;
const P99_MS_MAX = 1_000;
const RECOVERY_MS_MAX = 5_000;
/** The warehouse may take its own share (WAREHOUSE_MEMORY_MB); the rest is ours. */
const GROWTH_MB_MAX = 800 + 256;
const QUICK_MS = 250;

const body = JSON.stringify(productView('[<id>]'));
const service = await startCartograph();
const key = await createWriteKey(service);
const headers = {
  'content-type': 'application/json',
  authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
};
const shot = { url: `${service.url}/v1/track`, method: 'POST', headers, body, idReplacement: true };

async function post() {
  const startedAt = performance.now();
  const answer = await fetch(shot.url, { method: 'POST', headers, body });
  await answer.arrayBuffer();
  return { status: answer.status, ms: performance.now() - startedAt };
}

const capacity = await autocannon({ ...shot, connections: 256, duration: CAPACITY_SECONDS });
const rate = Math.round(capacity['2xx'] / capacity.duration) * 2;
const memoryBefore = residentMbOf(service.pid);
const startedAt = performance.now();
const peaks = [memoryBefore, 0];
const sampler = setInterval(() => {
  const half = performance.now() - startedAt < SECONDS * 500 ? 0 : 1;
  peaks[half] = Math.max(peaks[half], residentMbOf(service.pid));
}, 200);
const waits = [];
const overload = autocannon({
  ...{ ...shot, connections: CONNECTIONS, overallRate: rate, duration: SECONDS, timeout: 10 },
});
overload.on('response', (_, status, __, ms) => {
  if (status === 200) waits.push(ms);
});
const result = await overload;
const endedAt = performance.now();
let recoveredMs = null;
while (recoveredMs === null && performance.now() - endedAt < 2 * RECOVERY_MS_MAX) {
  const { status, ms } = await post();
  if (status === 200 && ms < QUICK_MS) recoveredMs = Math.round(performance.now() - endedAt);
  else await pause(100);
}
clearInterval(sampler);
waits.sort((a, b) => a - b);
const quantile = (share) => Math.round(waits[Math.floor((waits.length - 1) * share)] ?? 0);
const acknowledged = capacity['2xx'] + result['2xx'];
const stored = await countOf(service, 'bronze.events');
const told = {
  'offered/s': rate,
  'sent/s': Math.round(result.requests.total / result.duration),
  taken: result['2xx'],
  'told to come back (503)': result.statusCodeStats?.['503']?.count ?? 0,
  'other answers': result.non2xx - (result.statusCodeStats?.['503']?.count ?? 0),
  timeouts: result.timeouts,
  'p50 of taken, ms': quantile(0.5),
  'p99 of taken, ms': quantile(0.99),
  'memory growth, MB': Math.max(...peaks) - memoryBefore,
  'of it in the second half': Math.max(0, peaks[1] - peaks[0]),
  'recovered after, ms': recoveredMs,
  'acknowledged - stored': Math.max(0, acknowledged - stored),
};
console.table(told);
const isKept =
  told.timeouts === 0 &&
  told['other answers'] === 0 &&
  told['p99 of taken, ms'] < P99_MS_MAX &&
  told['memory growth, MB'] < GROWTH_MB_MAX &&
  recoveredMs !== null &&
  recoveredMs < RECOVERY_MS_MAX &&
  told['acknowledged - stored'] === 0;
process.stdout.write(isKept ? 'Every promise held.\n' : 'A promise did not hold.\n');
await service.stop();
process.exitCode = isKept ? 0 : 1;
