/**
 * A warehouse whose disk is full: it answers 503 and acknowledges nothing it cannot keep; once there
 * is room it goes on by itself. The disk is a small one in memory, so only root can mount it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, openSync, rmSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../../src/cli/shop/prng.js';
import { startTestService, type TestService } from '../../support/service.js';
import { until } from '../../support/spawned-service.js';
import { closeAfterAll, temporaryFolder } from '../../support/stores.js';
import { isAcknowledged, makeBatch, post, type Sent } from '../process/load.js';
import { expectBalanced, tell } from './balance.js';
import { startShopper } from './shopper.js';

const SIZE = '200m';
const BLOCK = Buffer.alloc(1024 * 1024, 1);
const PAGE = BLOCK.subarray(0, 4096);
const REFUSED_POSTS = 10;

/** Mounts the disk at the warehouse's place; null if this machine does not let us. */
function mountSmallDisk(): { dataDir: string; folder: string } | null {
  const dataDir = temporaryFolder();
  const folder = join(dataDir, 'warehouse');
  mkdirSync(folder);
  const options = ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder];
  if (spawnSync('mount', options).status !== 0) return null;
  closeAfterAll(async () => void spawnSync('umount', ['--lazy', folder]));
  return { dataDir, folder };
}

/** Takes all the room that there is, to the last page. */
function fill(file: string): void {
  const descriptor = openSync(file, 'a');
  for (const piece of [BLOCK, PAGE]) {
    try {
      while (writeSync(descriptor, piece) === piece.length);
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
    }
  }
  closeSync(descriptor);
}

const disk = mountSmallDisk();
// Unlike a program, this right cannot be installed, so it may be missing in CI too.
if (!disk) process.stderr.write('SKIPPED disk full: no right to mount a tmpfs\n');

(disk ? describe : describe.skip)('a warehouse without room', () => {
  const random = new Random(3);
  const posted: Sent[] = [];
  let service: TestService;
  let key: string;

  beforeAll(async () => {
    service = await startTestService({ dataDir: disk!.dataDir });
    key = await service.key('events:write');
  });

  async function send(name: string): Promise<Sent['end']> {
    const { events, ...batch } = makeBatch(name, random);
    const end = await post(service.url, key, events);
    posted.push({ ...batch, end });
    return end;
  }

  it('refuses while it is full, loses nothing, and recovers by itself', async () => {
    const filler = join(disk!.folder, 'filler');
    const shopper = startShopper(service.url, key, 'shopper');
    expect(await send('before')).toBe('acknowledged');
    fill(filler);
    // What merges give back is soon used up.
    await until(async () => {
      fill(filler);
      return (await send(`filling-${posted.length}`)) === 'refused' ? true : undefined;
    });
    const acknowledgedBefore = shopper.acknowledged.length;
    const ends: Sent['end'][] = [];
    for (let index = 0; index < REFUSED_POSTS; index += 1) {
      fill(filler);
      ends.push(await send(`full-${index}`));
    }
    const run = await service.run('streaming').catch((error: Error) => ({ status: error.message }));
    const meanwhile = shopper.acknowledged.length - acknowledgedBefore;
    rmSync(filler);
    await until(async () => (await send(`after-${posted.length}`)) === 'acknowledged' || undefined);
    await shopper.finish();
    const published = (await service.run('streaming')).status;
    tell('disk full', {
      'refused of posts': `${ends.filter((end) => end === 'refused').length} of ${ends.length}`,
      'acknowledged to the SDK meanwhile': meanwhile,
      'run meanwhile': run.status,
    });
    expect(ends).toEqual(Array.from({ length: REFUSED_POSTS }, () => 'refused'));
    expect(shopper.failed).toEqual([]);
    expect(shopper.acknowledged).toHaveLength(shopper.sent.length);
    expect(published).toBe('published');
    const idsOf = (batches: Sent[]) => batches.flatMap(({ messageIds }) => messageIds);
    await expectBalanced('disk full', service.platform.warehouse, {
      sent: [...shopper.sent, ...idsOf(posted)],
      acknowledged: [...shopper.acknowledged, ...idsOf(posted.filter(isAcknowledged))],
    });
  });
});
