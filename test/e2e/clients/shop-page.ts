/** A shop's page with Segment's browser SDK on it, on an origin of its own. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { closeAfterAll } from '../../support/stores.js';

const manifest = createRequire(import.meta.url).resolve('@segment/analytics-next/package.json');
const SDK = readFileSync(join(dirname(manifest), 'dist/umd/index.js'));

/**
 * Loads the SDK with the settings that its CDN would give, which is not asked. What an own script
 * of a shop would do stands beside it: a beacon when the page goes, with the key in the body.
 */
const PAGE = `<!doctype html>
<title>Shop</title>
<script src="/sdk.js"></script>
<script>
  const { collector, key, strategy, beacon, timeout } = Object.fromEntries(new URLSearchParams(location.search));
  const batches = { size: 10, timeout: Number(timeout) };
  const deliveryStrategy = { strategy, config: strategy === 'batching' ? batches : {} };
  const host = new URL(collector).host + '/v1';
  const cdnSettings = { integrations: { 'Segment.io': { apiKey: key, apiHost: host } } };
  const own = { apiHost: host, protocol: 'http', deliveryStrategy };
  window.analytics = AnalyticsNext.AnalyticsBrowser.load(
    { writeKey: key, cdnSettings },
    { integrations: { 'Segment.io': own } },
  );
  if (beacon) {
    addEventListener('pagehide', () => {
      const batch = [{ type: 'page', name: 'Left', anonymousId: 'beacon', messageId: beacon }];
      navigator.sendBeacon(collector + '/v1/batch', JSON.stringify({ batch, writeKey: key }));
    });
  }
</script>`;

/** Answers with the page's address, without its query. */
export async function startShopPage(): Promise<string> {
  const server = createServer((request, answer) => {
    const isSdk = request.url === '/sdk.js';
    answer.setHeader('content-type', isSdk ? 'text/javascript' : 'text/html; charset=utf-8');
    answer.end(isSdk ? SDK : PAGE);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closeAfterAll(async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
