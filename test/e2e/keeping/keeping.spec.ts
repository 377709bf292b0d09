/** Backups and retention over the API: who may, what is refused, what a job tells. */
import { until } from '../../support/spawned-service.js';
import { startTestService, type TestService } from '../../support/service.js';

let service: TestService;
let admin: string;

beforeAll(async () => {
  service = await startTestService();
  admin = await service.key('admin');
});

const PATH = '/api/v1/keeping';
async function ask(method: string, path: string, key: string, body?: object) {
  const response = await fetch(`${service.url}${PATH}/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return {
    status: response.status,
    body: (await response.json()) as { code?: string; detail?: string; data?: never },
  };
}

it('names the store that a backup leaves to its own tools', async () => {
  const refused = await ask('POST', 'backups', admin, {});
  expect(refused).toMatchObject({ status: 409, body: { code: 'external_store' } });
  expect(refused.body.detail).toMatch(/^DATABASE_URL is set\. .*pg_dump/);
  expect((await ask('GET', 'backups', admin)).body.data).toEqual([]);
});

it('takes a path from the command line of this machine only', async () => {
  const body = { file: '/etc/cartograph-backup' };
  expect(await ask('POST', 'backups', admin, body)).toMatchObject({
    status: 400,
    body: { code: 'invalid_parameter' },
  });
  const { localToken } = service.platform;
  expect((await ask('POST', 'backups', localToken, body)).body.code).toBe('external_store');
});

it('says what would go, and lets it go as a job; both are for administrators', async () => {
  const { status, body } = await ask('GET', 'retention', admin);
  expect(status).toBe(200);
  expect(body.data).toMatchObject({ partitions: [], records: [], warnings: [] });
  const { id } = (await ask('POST', 'retention/runs', admin)).body.data! as { id: string };
  const ended = await until(async () => {
    const found = (await ask('GET', `retention/runs/${id}`, admin)).body.data! as {
      status: string;
    };
    return found.status === 'running' ? undefined : found;
  });
  expect(ended).toMatchObject({ status: 'done', error: null, plan: { partitions: [] } });
  const operator = await service.key('pipelines:run');
  for (const [method, path] of [
    ['GET', 'retention'],
    ['POST', 'retention/runs'],
    ['POST', 'backups'],
  ] as const) {
    expect((await ask(method, path, operator)).status).toBe(403);
  }
});
