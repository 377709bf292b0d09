/** Requests about loads that are refused: who may not ask, and what cannot be asked. */
import { createHash, randomUUID } from 'node:crypto';
import { PART_BYTES } from '../../../src/contracts/uploads.js';
import { startTestService, type TestService } from '../../support/service.js';
import { counts, LoadClient, mappingOf, type LoadView } from './load-client.js';
import { csv, CUSTOMERS } from './shop-files.js';

const PLANS = {
  entity: 'customers',
  name: 'plans.csv',
  mapping: mappingOf('plans', { customer_id: 'id', plan: 'plan' }),
  content: csv('id,plan', 'p1,a', 'p2,b'),
};
const DIGEST = 'a'.repeat(64);

let service: TestService;
let client: LoadClient;

beforeAll(async () => {
  service = await startTestService();
  client = new LoadClient(service, await service.key('pipelines:run'));
});

const countLoads = async () => ((await client.get('')).data as LoadView[]).length;

describe('who may load', () => {
  const calls: [string, (as: LoadClient, id: string) => ReturnType<LoadClient['get']>][] = [
    ['create a load', (as) => as.create(PLANS)],
    ['send a part', (as, id) => as.sendPart(id, 0, PLANS.content)],
    ['start a load', (as, id) => as.start(id)],
    ['list the loads', (as) => as.get('')],
    ['see a load', (as, id) => as.get(`/${id}`)],
    ['see where rows were rejected', (as, id) => as.get(`/${id}/rejected`)],
  ];
  const REFUSED = ['events:write', 'sales:read', 'customers:read', 'pii:read'];

  it.each(calls)('not everybody: to %s', async (_, call) => {
    const id = await client.upload(PLANS);
    const before = await countLoads();
    for (const key of [null, 'ck_unknown']) {
      const { status, code } = await call(new LoadClient(service, key), id);
      expect([key, status, code]).toEqual([key, 401, 'unauthorized']);
    }
    for (const scope of REFUSED) {
      const { status, code } = await call(new LoadClient(service, await service.key(scope)), id);
      expect([scope, status, code]).toEqual([scope, 403, 'forbidden']);
    }
    expect(await countLoads()).toBe(before);
    expect(await client.find(id)).toMatchObject({ status: 'uploading' });
  });

  it.each(['pipelines:run', 'admin'])('a key with %s', async (scope) => {
    const allowed = new LoadClient(service, await service.key(scope));
    const load = await allowed.load({
      ...PLANS,
      mapping: PLANS.mapping.replace('plans', scope.slice(0, 5)),
    });
    expect(load).toMatchObject({ status: 'done', counts: counts({ loaded: 2 }) });
    expect(await allowed.rejected(load.id)).toEqual([]);
    expect((await allowed.get('')).data).toContainEqual(load);
  });
});

describe('a load that cannot be created', () => {
  const badMapping = [
    'source: crm',
    'rows:',
    '  - fields:',
    '      customer_id: id',
    '      birthplace: town',
  ].join('\n');

  it.each<[string, object, number, string, string]>([
    ['an unknown entity', { entity: 'cats' }, 400, 'unknown_entity', 'order_lines'],
    ['an inherited name', { entity: 'toString' }, 400, 'unknown_entity', 'order_lines'],
    ['YAML that is none', { mapping: 'a: [' }, 422, 'invalid_mapping', 'mapping:1:5: '],
    ['a scalar', { mapping: '1' }, 422, 'invalid_mapping', 'mapping:1:1: '],
    [
      'a field that there is not, named with its place',
      { mapping: badMapping },
      ...([422, 'invalid_mapping', 'mapping:5:7: customers has no field birthplace'] as const),
    ],
    [
      'a field that the entity of the request must have',
      { mapping: 'source: crm\nrows:\n  - fields: { email: mail }' },
      ...([422, 'invalid_mapping', 'mapping:3:5: customers needs customer_id'] as const),
    ],
    [
      'a mapping of a database',
      { mapping: 'source: a\ntables: [{ table: t, key: id, rows: [{ ignore: x }] }]' },
      ...([422, 'invalid_mapping', 'mapping:1:1: '] as const),
    ],
    ['no mapping', { mapping: undefined }, 400, 'invalid_parameter', 'mapping'],
    ['a file name as a list', { file_name: ['a'] }, 400, 'invalid_parameter', 'file_name'],
    ['an endless file name', { file_name: 'x'.repeat(201) }, 400, 'invalid_parameter', 'file_name'],
    ['an endless mapping', { mapping: 'x'.repeat(200_001) }, 400, 'invalid_parameter', 'mapping'],
    ['an unknown key', { path: '/etc/passwd' }, 400, 'invalid_parameter', 'path'],
  ])('for %s', async (_, given, status, code, words) => {
    const before = await countLoads();
    const body = { entity: 'customers', file_name: 'a.csv', mapping: PLANS.mapping, ...given };
    const answer = await client.send('POST', '', JSON.stringify(body));
    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(answer.detail).toContain(words);
    expect(await countLoads()).toBe(before);
  });
});

describe('a part', () => {
  it('is refused before those in front of it', async () => {
    const created = await client.create(PLANS);
    const { id } = created.data as LoadView;
    const early = await client.sendPart(id, 1, 'x');
    expect([early.status, early.code]).toEqual([409, 'wrong_state']);
    expect((await client.sendPart(id, 0, PLANS.content)).status).toBe(204);
    const afterShort = await client.sendPart(id, 1, 'x');
    expect([afterShort.status, afterShort.code]).toEqual([409, 'wrong_state']);
  });

  it.each(['-1', '12800', '1.5', 'x', '%00'])('is refused as number %s', async (part) => {
    const id = await client.upload(PLANS);
    const { status, code } = await client.sendPart(id, part, 'x');
    expect([status, code]).toEqual([400, 'invalid_parameter']);
  });

  it('may have 8 MiB and not a byte more', async () => {
    const id = await client.upload(PLANS);
    const whole = Buffer.alloc(PART_BYTES, 'a');
    expect((await client.sendPart(id, 0, whole)).status).toBe(204);
    expect(await client.find(id)).toMatchObject({ uploaded_bytes: PART_BYTES });
    const larger = await client.sendPart(id, 0, Buffer.concat([whole, Buffer.from('b')]));
    expect([larger.status, larger.code]).toEqual([413, 'request_too_large']);
    expect(await client.find(id)).toMatchObject({ uploaded_bytes: PART_BYTES });
  });

  it('sent twice counts once', async () => {
    const id = await client.upload(CUSTOMERS);
    expect((await client.sendPart(id, 0, CUSTOMERS.content)).status).toBe(204);
    expect((await client.start(id)).status).toBe(202);
    expect(await client.follow(id)).toMatchObject({
      ...{ status: 'done', counts: counts({ loaded: 2 }) },
      uploaded_bytes: CUSTOMERS.content.length,
    });
  });

  it('is no JSON, nor any other type', async () => {
    const id = await client.upload(PLANS);
    const { status, code } = await client.send('PUT', `/${id}/parts/0`, '{"a":1}');
    expect([status, code]).toEqual([415, 'unsupported_content_type']);
  });

  it('is taken nowhere else', async () => {
    const key = await service.key('events:write');
    const response = await fetch(`${service.url}/v1/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', authorization: `Bearer ${key}` },
      body: new Uint8Array(1024 * 1024),
    });
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({ code: 'unsupported_content_type' });
    const created = await client.send('POST', '', Buffer.from('{}'));
    expect([created.status, created.code]).toEqual([415, 'unsupported_content_type']);
  });
});

describe('a start', () => {
  it('is refused twice, and so are parts after it', async () => {
    const id = await client.upload(PLANS);
    expect((await client.start(id)).status).toBe(202);
    for (const answer of [await client.start(id), await client.sendPart(id, 0, 'id\n')]) {
      expect([answer.status, answer.code]).toEqual([409, 'wrong_state']);
    }
    expect(await client.follow(id)).toMatchObject({ status: 'done' });
    const afterwards = await client.start(id);
    expect([afterwards.status, afterwards.code]).toEqual([409, 'wrong_state']);
  });

  it('counts once, however many come at a time', async () => {
    const rows = Array.from({ length: 3_000 }, (_, n) => `once-${n},${'x'.repeat(2_000)}`);
    const content = csv('id,plan', ...rows);
    const id = await client.upload({ ...PLANS, content });
    const sha256 = createHash('sha256').update(content).digest('hex');
    const starts = await Promise.all([1, 2, 3].map(() => client.start(id, { sha256 })));
    expect(starts.map(({ status }) => status).sort()).toEqual([202, 409, 409]);
    await client.follow(id);
    // Loads run in the order of their start, so that of another tells that nothing is left to run.
    expect(await client.load(PLANS)).toMatchObject({ status: 'done' });
    expect(await client.find(id)).toMatchObject({
      ...{ status: 'done', error: null, counts: counts({ loaded: rows.length }) },
    });
  });

  it('is refused with another digest, and taken once the file is whole', async () => {
    const id = await client.upload({ ...PLANS, content: 'id,plan\r\np1' });
    const refused = await client.start(id, { sha256: DIGEST });
    expect([refused.status, refused.code]).toEqual([409, 'wrong_state']);
    expect(refused.detail).toContain('did not arrive whole');
    expect(await client.find(id)).toMatchObject({ status: 'uploading' });
    expect((await client.sendPart(id, 0, PLANS.content)).status).toBe(204);
    expect((await client.start(id)).status).toBe(202);
    expect(await client.follow(id)).toMatchObject({ status: 'done', rows_total: 2 });
  });

  it.each([{ sha256: 'x' }, { sha256: DIGEST.toUpperCase() }, { sha256: [DIGEST] }, { force: 1 }])(
    'is refused with %j',
    async (body) => {
      const { status, code } = await client.start(await client.upload(PLANS), body);
      expect([status, code]).toEqual([400, 'invalid_parameter']);
    },
  );

  it('needs no body', async () => {
    const id = await client.upload(PLANS);
    expect((await client.send('POST', `/${id}/start`)).status).toBe(202);
    expect(await client.follow(id)).toMatchObject({ status: 'done' });
  });

  it('is refused before anything was sent', async () => {
    const { id } = (await client.create(PLANS)).data as LoadView;
    const { status, code } = await client.start(id);
    expect([status, code]).toEqual([409, 'wrong_state']);
  });
});

it.each([randomUUID(), 'x', '..%2F..%2Fetc', "1'%20or%201=1", '%00'])(
  'no load has the id %s',
  async (id) => {
    const answers = [
      await client.get(`/${id}`),
      await client.get(`/${id}/rejected`),
      await client.sendPart(id, 0, 'x'),
      await client.start(id),
    ];
    const found = answers.map(({ status, code }) => [status, code]);
    expect(found).toEqual(answers.map(() => [404, 'not_found']));
  },
);
