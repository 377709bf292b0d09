/** SIGTERM and SIGINT under load: everything acknowledged is stored, and nothing stays behind. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../../src/cli/shop/prng.js';
import { processesNaming } from '../../support/processes.js';
import {
  createWriteKey,
  dataDirectory,
  spawnService,
  startCartograph,
  until,
} from '../../support/spawned-service.js';
import { tell } from '../faults/balance.js';
import { isAcknowledged, makeBatch, post, sendLoad, type Sent } from './load.js';
import { countByMessage } from './stored.js';

const ACKNOWLEDGED_BATCHES = 25;

describe.each(['SIGTERM', 'SIGINT'] as const)('%s under load', (signal) => {
  const random = new Random(7);
  let dataDir: string;
  let sent: Sent[];
  let ended: { code: number | null; stderr: string };
  let afterwards: Sent['end'];

  beforeAll(async () => {
    dataDir = dataDirectory();
    const service = await spawnService(dataDir, { STREAMING_INTERVAL_MS: '200' });
    const writeKey = await createWriteKey(service, 'shop');
    let late: Promise<Sent['end']> | undefined;
    const load = sendLoad(service.url, writeKey, signal, random, (batches) => {
      if (batches !== ACKNOWLEDGED_BATCHES) return;
      process.kill(service.pid, signal);
      // The next request after the signal, then one after the service has ended.
      late = post(service.url, writeKey, makeBatch('late', random).events);
    });
    ended = await service.ended;
    await load.ended;
    await late;
    sent = load.sent;
    afterwards = await post(service.url, writeKey, makeBatch('afterwards', random).events);
  });

  it('ends with 0, in words', () => {
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain('The service is stopping.');
    expect(ended.stderr).toContain('The service has stopped.');
    expect(ended.stderr).not.toContain('"level":50');
  });

  it('refuses what comes after, instead of leaving it hanging', () => {
    expect(sent.filter(({ end }) => end === 'hung')).toEqual([]);
    expect(sent.filter(({ end }) => end !== 'acknowledged').length).toBeGreaterThan(0);
    expect(afterwards).toBe('cut');
  });

  it('has stored everything acknowledged', async () => {
    const acknowledged = sent.filter(isAcknowledged).flatMap(({ messageIds }) => messageIds);
    const stored = await countByMessage(dataDir, 'bronze.events');
    const { length: all } = sent.flatMap(({ messageIds }) => messageIds);
    tell(signal, { sent: all, acknowledged: acknowledged.length, stored: stored.size });
    expect(acknowledged.length).toBeGreaterThanOrEqual(ACKNOWLEDGED_BATCHES * 20);
    expect(acknowledged.filter((id) => stored.get(id) !== 1)).toEqual([]);
  });

  it('leaves neither service.json, nor the lock, nor a process', () => {
    expect(existsSync(join(dataDir, 'service.json'))).toBe(false);
    expect(existsSync(join(dataDir, 'service.lock'))).toBe(false);
    expect(processesNaming(dataDir)).toEqual([]);
  });
});

describe('SIGTERM during the start', () => {
  it('stops the stores that were opened, and ends with 0', async () => {
    const dataDir = dataDirectory();
    const { child, ended } = startCartograph(['serve', '--port', '0', '--data-dir', dataDir]);
    await until(() => (existsSync(join(dataDir, 'postgres/postmaster.pid')) ? true : undefined));
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, signal: null });
    expect(existsSync(join(dataDir, 'service.lock'))).toBe(false);
    expect(processesNaming(dataDir)).toEqual([]);
  });
});
