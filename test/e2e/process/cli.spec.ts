/** The commands as processes: what they print, and the code with which they end. */
import { createTestDatabase } from '../../support/stores.js';
import {
  cartograph,
  dataDirectory,
  spawnService,
  type Ended,
  type SpawnedService,
} from '../../support/spawned-service.js';
import { startStub } from './stub-service.js';

/** A refusal: code 1 and words, without a stack. */
function expectRefusal({ code, stdout, stderr }: Ended, ...words: string[]): void {
  expect({ code, stdout, stderr }).toMatchObject({ code: 1, stdout: '' });
  for (const word of words) expect(stderr).toContain(word);
  expect(stderr).not.toMatch(/^\s+at /m);
}

const lastLine = (text: string) => text.trim().split('\n').at(-1);
const COMMANDS = [
  ...['', 'serve', 'demo', 'migrate', 'generate', 'run', 'status', 'reference'],
  ...['keys', 'keys create', 'keys list', 'keys rotate', 'keys revoke'],
  ...['rejected', 'rejected list', 'rejected summary', 'rejected show', 'rejected replay'],
  ...['tracking', 'contracts', 'contracts check', 'explain'],
  ...['alerts', 'alerts list', 'alerts show', 'alerts acknowledge', 'alerts test'],
  ...['runs', 'runs list', 'runs show', 'runs follow', 'runs cancel', 'runs retry', 'backfill'],
  ...['quality', 'quality report', 'quality rows', 'backup', 'restore', 'retention'],
];
const MISUNDERSTOOD = [
  ...['fly', 'serve --colour', 'run all --force', 'keys list --colour', 'keys create web'],
  ...['keys revoke', 'generate --customers many', 'demo --days -1'],
];

describe('the help', () => {
  it('of every command says how to use it', async () => {
    const asked = COMMANDS.map(async (command) => {
      const words = command.split(' ').filter((word) => word !== '');
      const { code, stdout, stderr } = await cartograph([...words, '--help']);
      expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: '' });
      expect(stdout).toContain(`Usage: ${['cartograph', ...words].join(' ')}`);
      expect(stdout).toContain('--help');
    });
    await Promise.all(asked);
  });

  it('follows what nobody understands', async () => {
    const refused = MISUNDERSTOOD.map(async (line) =>
      expectRefusal(await cartograph(line.split(' ')), 'error: ', 'Usage: '),
    );
    await Promise.all(refused);
  });
});

describe('with a running service', () => {
  let service: SpawnedService;
  const run = (...args: string[]) => cartograph([...args, '--data-dir', service.dataDir]);

  beforeAll(async () => {
    const environment = { DATABASE_URL: await createTestDatabase(), SCHEDULES: 'off' };
    service = await spawnService(dataDirectory(), environment);
  });

  it('keys are created, listed without the key, used and revoked', async () => {
    const created = await run('keys', 'create', 'sales', '--scopes', 'sales:read', '--json');
    expect(created).toMatchObject({ code: 0, stderr: '' });
    const { key, ...rest } = JSON.parse(created.stdout) as Record<string, unknown>;
    expect(rest).toEqual({ name: 'sales', scopes: ['sales:read'] });
    expect(key).toMatch(/^ck_[\w-]{32}$/);

    const listed = await run('keys', 'list');
    const heads = /^name +scopes +source +origins +created +ended\nsales +sales:read +/;
    expect(listed.stdout).toMatch(heads);
    expect(listed.stdout).not.toContain(key);
    const read = () =>
      fetch(`${service.url}/api/v1/sales/summary?from=2026-01-01&to=2026-01-02`, {
        headers: { authorization: `Bearer ${String(key)}` },
      });
    expect((await read()).status).toBe(200);
    const rotated = await run('keys', 'rotate', 'sales', '--overlap-hours', '1');
    expect(rotated.stdout).toMatch(/^ck_[\w-]{32}\nKeep it: .* The old key ends \d{4}-/);
    expect((await read()).status).toBe(200);

    expect(await run('keys', 'revoke', 'sales')).toMatchObject({ stdout: 'Revoked sales.\n' });
    expect((await read()).status).toBe(401);
    const [revoked] = JSON.parse((await run('keys', 'list', '--json')).stdout) as object[];
    expect(revoked).toMatchObject({ name: 'sales', revoked_at: expect.any(String) });
    const bound = await run('keys', 'create', 'b', '--scopes', 'sales:read', '--origins', 'shop');
    expectRefusal(bound, 'invalid_parameter');
  });

  it('a key is shown with the words that it is not shown again', async () => {
    const { stdout } = await run('keys', 'create', 'web', '--scopes', 'events:write');
    expect(stdout).toMatch(/^ck_[\w-]{32}\nKeep it: it is not shown again\.\n$/);
    const again = await run('keys', 'create', 'web', '--scopes', 'events:write');
    expectRefusal(again, 'key_exists', 'web');
  });

  it.each([
    [['keys', 'create', 'x', '--scopes', 'sales:write'], 'Unknown scope sales:write'],
    [['keys', 'create', 'x', '--scopes', 'events:write,admin'], 'invalid_scopes'],
    [['keys', 'create', 'x', '--scopes', ''], 'invalid_scopes'],
    [['keys', 'create', 'a/b', '--scopes', 'admin'], 'invalid_parameter'],
    [['keys', 'revoke', 'nobody'], 'No live key'],
    [['keys', 'rotate', 'nobody'], 'No live key'],
    [['keys', 'rotate', 'x', '--overlap-hours', 'soon'], 'overlap_hours'],
    [['run', 'silver.nothing'], 'unknown_model'],
    [['run', 'Silver Orders'], 'invalid_parameter'],
  ])('%j is refused in words', async (args, words) => {
    expectRefusal(await run(...args), words);
  });

  it('a run prints the run, and ends with 0 once it is published', async () => {
    const all = await run('run', '--json');
    expect(all.code).toBe(0);
    expect(JSON.parse(all.stdout)).toMatchObject({ target: 'all', status: 'published' });
    const one = await run('run', 'silver.orders');
    expect(one.code).toBe(0);
    expect(one.stdout).toMatch(
      /^model +status +rows in +rows +set aside +bytes +attempts +ms +reason\n/,
    );
    expect(one.stdout).toMatch(/^silver\.orders +/m);
    expect(lastLine(one.stdout)).toBe('published');
  });

  it('the status lists every model', async () => {
    const { code, stdout } = await run('status');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^silver\.orders +upsert +streaming +ok +\d{4}-/m);
    const { models } = JSON.parse((await run('status', '--json')).stdout) as { models: object[] };
    expect(models).toContainEqual(expect.objectContaining({ model: 'gold.sales_15m' }));
  });
});

describe('the exit code', () => {
  const answerWith = (status: string) =>
    startStub((route) => {
      const run = { id: 'r1', status, models: {}, error: null };
      const sources = { shop_database: { is_connected: false, source: null } };
      if (route.endsWith('/sources')) return { body: JSON.stringify({ data: sources }) };
      return { body: JSON.stringify({ data: route.startsWith('POST') ? { id: 'r1' } : run }) };
    });

  it.each([
    ['published', 0],
    ['held', 2],
    ['failed', 1],
  ])('of a run that is %s is %d', async (status, expected) => {
    const dataDir = await answerWith(status);
    const { code, stdout } = await cartograph(['run', 'all', '--data-dir', dataDir]);
    expect({ code, end: lastLine(stdout) }).toEqual({ code: expected, end: status });
  });

  it('of the status is 2 while a model is held, with the reason', async () => {
    const held = { model: 'm', kind: 'full', schedule: 'daily', status: 'held', as_of: null };
    const models = [{ ...held, reason: 'A check failed.' }];
    const dataDir = await startStub(() => ({ body: JSON.stringify({ data: { models } }) }));
    const { code, stdout } = await cartograph(['status', '--data-dir', dataDir]);
    expect(code).toBe(2);
    expect(lastLine(stdout)).toMatch(/^m +full +daily +held +never +A check failed\.$/);
  });

  it('of a service that answers with what is no JSON is 1, in words', async () => {
    const dataDir = await startStub(() => ({ status: 502, body: '<html>Bad gateway</html>' }));
    expectRefusal(await cartograph(['status', '--data-dir', dataDir]), '502');
  });
});
