/** What the benchmarks of the collector share: the service as a process, its cost, an event. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** As in the first line of the launcher. */
const LAUNCHER_FLAGS = ['--max-semi-space-size=64'];
const UNLIMITED = '10000000';
const CLOCK_TICKS = 100;

/** A product view as a browser's SDK sends it, about 900 bytes. */
export function productView(messageId) {
  return {
    type: 'track',
    event: 'Product Viewed',
    messageId,
    anonymousId: 'c0a8012e-7f3a-4e0c-9d55-1d2f3a4b5c6d',
    timestamp: new Date().toISOString(),
    properties: {
      product_id: 'prod_1042',
      sku: 'MUG-1042',
      name: 'Enamel mug',
      category: 'Kitchen',
      brand: 'Alpine',
      price: 12.5,
      currency: 'EUR',
      quantity: 1,
      position: 3,
    },
    context: {
      library: { name: 'analytics.js', version: 'npm:next-1.84.3' },
      page: {
        path: '/products/enamel-mug',
        referrer: 'https://www.google.com/',
        search: '?utm_source=newsletter&utm_medium=email',
        title: 'Enamel mug | Shop',
        url: 'https://shop.example/products/enamel-mug?utm_source=newsletter&utm_medium=email',
      },
      userAgent:
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      locale: 'de-AT',
      timezone: 'Europe/Vienna',
      campaign: { source: 'newsletter', medium: 'email' },
    },
  };
}

/** User and system time of all threads of a process; 0 where there is no /proc. */
export function cpuSecondsOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    return (Number(user) + Number(system)) / CLOCK_TICKS;
  } catch {
    return 0;
  }
}

/** Resident memory of a process in MB; 0 where there is no /proc. */
export function residentMbOf(pid) {
  try {
    return Math.round(
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024,
    );
  } catch {
    return 0;
  }
}

/** The built service on embedded stores of its own, without limits; a profile goes to a folder. */
export async function startCartograph(profileFolder = '') {
  const dataDir = mkdtempSync(join(tmpdir(), 'cartograph-bench-'));
  chmodSync(dataDir, 0o755);
  const profile = profileFolder ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : [];
  const args = [...LAUNCHER_FLAGS, ...profile, 'bin/cartograph.cjs', 'serve', '--port', '0'];
  const child = spawn(process.execPath, args, {
    env: {
      ...process.env,
      ...{ DATA_DIR: dataDir, LOG_LEVEL: 'error', CLICKHOUSE_URL: '', DATABASE_URL: '' },
      ...{ KEY_EVENTS_PER_SECOND: UNLIMITED, ADDRESS_REQUESTS_PER_SECOND: UNLIMITED },
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const file = join(dataDir, 'service.json');
  for (;;) {
    try {
      const { url, token } = JSON.parse(readFileSync(file, 'utf8'));
      const stop = async () => {
        child.kill();
        await new Promise((resolve) => child.once('exit', resolve));
        rmSync(dataDir, { recursive: true, force: true });
      };
      return { url, token, pid: child.pid, stop };
    } catch {
      await pause(100);
    }
  }
}

export async function createWriteKey({ url, token }) {
  const answer = await fetch(`${url}/api/v1/access/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'bench', scopes: ['events:write'] }),
  });
  return (await answer.json()).data.key;
}

/** How many rows a warehouse table has. */
export async function countOf({ url, token }, table) {
  const answer = await fetch(`${url}/api/v1/pipelines/tables/${table}/count`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return (await answer.json()).data.count;
}
