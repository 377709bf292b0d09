/** A key, a password and a person's data are nowhere but where they belong: a real process is searched. */
import { createTestDatabase } from '../../support/stores.js';
import {
  createWriteKey,
  dataDirectory,
  runPipeline,
  spawnService,
} from '../../support/spawned-service.js';

const PERSON = 'canary-person@example.com';
const WRONG_KEY = 'ck_canary-wrong-key-canary-wrong-key';

it('keys and personal data stand in no log, metric, error or answer', async () => {
  const service = await spawnService(dataDirectory(), {
    DATABASE_URL: await createTestDatabase(),
    LOG_LEVEL: 'trace',
    SCHEDULES: 'off',
  });
  const key = await createWriteKey(service, 'canary');
  const basic = (user: string) => Buffer.from(`${user}:`).toString('base64');
  const secrets = [key, basic(key), WRONG_KEY, basic(WRONG_KEY), service.token, PERSON];
  const said: string[] = [];
  const send = async (path: string, body: string, headers: Record<string, string>) => {
    const given = { 'content-type': 'application/json', ...headers };
    const answer = await fetch(`${service.url}${path}`, { method: 'POST', headers: given, body });
    said.push(JSON.stringify([...answer.headers]), await answer.text());
    return answer.status;
  };
  const event = JSON.stringify({ event: 'Wave', userId: PERSON, properties: { note: PERSON } });
  const authorized = { authorization: `Basic ${basic(key)}` };
  const statuses = [
    await send('/v1/track', event, authorized),
    await send('/v1/track', JSON.stringify({ ...JSON.parse(event), writeKey: key }), {}),
    await send('/v1/track', event, { authorization: `Basic ${basic(WRONG_KEY)}` }),
    await send('/v1/track', event, { authorization: `Bearer ${key}` }),
    await send('/v1/track', `${event.slice(0, -1)},"timestamp":"${PERSON}"}`, authorized),
    await send('/v1/track', `{"writeKey":"${key}",`, {}),
    await send('/v1/validate', event, authorized),
    await send(`/v1/nowhere?writeKey=${key}`, event, authorized),
    await send('/v1/track', event, { ...authorized, 'content-type': `text/${key}` }),
    await send('/api/v1/access/keys', `{"name":"${key}"}`, { authorization: `Bearer ${key}` }),
    await send('/graphql', `{"query":"{ ${key} }"}`, { authorization: `Bearer ${key}` }),
  ];
  expect(statuses.slice(0, 8)).toEqual([200, 200, 401, 401, 400, 400, 200, 404]);
  expect(await runPipeline(service)).toBe('published');
  said.push(await (await fetch(`${service.url}/metrics`)).text());
  said.push(await (await service.request('GET', '/api/v1/access/keys')).text());
  const { stdout, stderr } = await service.end('SIGTERM');
  expect(stderr).toMatch(/"route":"\/v1\/track/);
  for (const text of [...said, stdout, stderr]) {
    for (const secret of secrets) expect(text).not.toContain(secret);
  }
});
