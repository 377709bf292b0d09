/** rejected, tracking and contracts as processes: what they print, and the code of their end. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../../src/contracts/json.js';
import type { RejectionPage, Tracking, WholeRejection } from '../../../src/ingest/index.js';
import {
  cartograph,
  dataDirectory,
  spawnService,
  type Ended,
  type SpawnedService,
} from '../../support/spawned-service.js';
import { createTestDatabase, temporaryFolder } from '../../support/stores.js';
import { contractFolder, SHIPPED } from './contract-folder.js';

const EMAIL = 'jane.quodlibet@example.com';

const json = <T>({ stdout }: Ended) => JSON.parse(stdout) as T;

function expectRefusal({ code, stdout, stderr }: Ended, ...words: string[]): void {
  expect({ code, stdout, stderr }).toMatchObject({ code: 1, stdout: '' });
  for (const word of words) expect(stderr).toContain(word);
  expect(stderr).not.toMatch(/^\s+at /m);
}

describe('with a running service', () => {
  let service: SpawnedService;
  const run = (...args: string[]) => cartograph([...args, '--data-dir', service.dataDir]);

  beforeAll(async () => {
    const environment = { DATABASE_URL: await createTestDatabase(), SCHEDULES: 'off' };
    service = await spawnService(dataDirectory(), environment);
    const scopes = { name: 'web', scopes: ['events:write'] };
    const created = await service.request('POST', '/api/v1/access/keys', scopes);
    const { data } = (await created.json()) as { data: { key: string } };
    const sent = await fetch(`${service.url}/v1/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        writeKey: data.key,
        batch: [
          // What makes it too large is a trait that is not kept, so a replay takes it.
          { type: 'page', userId: EMAIL, messageId: 'large', traits: { note: 'x'.repeat(33_000) } },
          { type: 'page', messageId: 'nobody', properties: { note: EMAIL } },
          { type: 'track', event: 'Basket Shaken', userId: 'u', properties: { how: 'hard' } },
        ],
      }),
    });
    expect(await sent.json()).toMatchObject({ accepted: 1, rejected: 2 });
  });

  it('rejected lists, sums up and shows', async () => {
    const listed = await run('rejected', 'list');
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    expect(listed.stdout).toMatch(/^id +received +source +event +state +where +why\n/);
    const { rows } = json<RejectionPage>(
      await run('rejected', 'list', '--json', '--code', 'anyOf'),
    );
    expect(rows).toMatchObject([{ message_id: 'nobody', state: 'open' }]);
    const summed = await run('rejected', 'summary');
    expect(summed.stdout).toMatch(/^web +page +page +anyOf +1 /m);
    const shown = await run('rejected', 'show', rows[0]!.id);
    expect(json<WholeRejection>(shown)).toMatchObject({ payload: { messageId: 'nobody' } });
    for (const { stdout } of [listed, summed, shown]) expect(stdout).not.toContain('quodlibet');
    const first = await run('rejected', 'list', '--limit', '1');
    expect(first.stdout).toMatch(/^There are more: --cursor \S+$/m);
  });

  it('tracking shows what is sent, and what is not declared', async () => {
    const { code, stdout } = await run('tracking', '--source', 'web');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^web +Basket Shaken +1 +0 +not declared /m);
    expect(stdout).toContain('Basket Shaken: not declared: how (100 %, string)');
    expect(stdout).toMatch(/never arrived: .*Order Completed/);
    expect(stdout).not.toContain('hard');
    const tracking = json<Tracking>(await run('tracking', '--json'));
    expect(tracking.sources).toMatchObject([{ source: 'web' }]);
  });

  it('rejected replays what holds, once, and says what does not', async () => {
    const first = await run('rejected', 'replay', '--source', 'web');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(
      /^read 2: replayed 1, still rejected 1, already replayed 0\nstill rejected +event +where +why\n/,
    );
    const again = await run('rejected', 'replay', '--json');
    expect(json(again)).toMatchObject({ read: 1, replayed: 0, still_rejected: 1, remaining: 0 });
    const { rows } = json<RejectionPage>(
      await run('rejected', 'list', '--state', 'replayed', '--json'),
    );
    expect(rows).toMatchObject([{ message_id: 'large', state: 'replayed' }]);
    const named = await run('rejected', 'replay', rows[0]!.id);
    expect(named.stdout).toContain('already replayed 1');
  });

  it.each([
    [['rejected', 'show', 'x'], 'not_found'],
    [['rejected', 'replay', '0'.repeat(32)], 'not_found'],
    [['rejected', 'list', '--state', 'closed'], 'invalid_parameter'],
    [['rejected', 'summary', '--from', 'soon'], 'invalid_range'],
    [['tracking', '--to', 'soon'], 'invalid_range'],
  ])('%j is refused in words', async (args, words) => {
    expectRefusal(await run(...args), words);
  });
});

describe('contracts check', () => {
  const check = (...args: string[]) => cartograph(['contracts', 'check', ...args]);
  const changed = (from: string, to: string) =>
    contractFolder({
      'order_completed.v1.json': (contract) =>
        JSON.parse(JSON.stringify(contract).replace(from, to)) as JsonObject,
    });

  it('ends with 0 where nothing breaks', async () => {
    const same = await check(SHIPPED, SHIPPED);
    expect(same).toMatchObject({ code: 0, stdout: 'Compatible.\n', stderr: '' });
    const looser = await check(changed('"minItems":1', '"minItems":2'), SHIPPED, '--json');
    expect(looser.code).toBe(0);
    expect(json(looser)).toMatchObject({ compatible: true, breaks: [], may_break: [] });
  });

  it('ends with 2 and names what breaks', async () => {
    const strict = changed('"required":["order_id"]', '"required":["order_id","products"]');
    const told = await check(SHIPPED, strict);
    expect(told).toMatchObject({ code: 2, stderr: '' });
    expect(told.stdout).toMatch(
      /^breaks +order_completed +\/properties\/products +required: was /m,
    );
    const file = 'order_completed.v1.json';
    const single = await check(join(SHIPPED, file), join(strict, file), '--json');
    expect(single.code).toBe(2);
    expect(json(single)).toMatchObject({
      breaks: [{ contract: 'order_completed', pointer: '/properties/products', rule: 'required' }],
    });
  });

  it('ends with 1 where something cannot be read', async () => {
    const empty = temporaryFolder();
    const broken = temporaryFolder();
    writeFileSync(join(broken, 'page.v1.json'), '{');
    expectRefusal(await check(SHIPPED, join(empty, 'nowhere')), 'nowhere');
    expectRefusal(await check(SHIPPED, empty), 'holds no contracts');
    expectRefusal(await check(broken, SHIPPED), 'page.v1.json is no JSON');
    expectRefusal(await check(SHIPPED, join(SHIPPED, 'page.v1.json')), 'two folders or two files');
    const lost = changed('_types.json#/$defs/track_call', '_types.json#/$defs/lost');
    expectRefusal(await check(SHIPPED, lost), '_types.json#/$defs/lost, which is missing');
  });
});
