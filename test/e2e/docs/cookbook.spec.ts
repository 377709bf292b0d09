/** The queries of the cookbook run as they stand and answer something, over the demo's traffic. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';
import { playSimulation } from '../../../src/cli/demo/play.js';
import type { DemoState } from '../../../src/cli/demo/record.js';
import { startTestService, type TestService } from '../../support/service.js';
import { temporaryFolder } from '../../support/stores.js';
import { postGraphql } from '../sales/client.js';

const run = promisify(execFile);

/** How many questions each page has. */
const PAGES: Record<string, number> = {
  'docs/cookbook.md': 10,
  'docs/cookbook/customers.md': 5,
  'docs/cookbook/campaigns.md': 5,
  'docs/cookbook/sentiment.md': 5,
  'docs/cookbook/reports.md': 5,
};
const textOf = (page: string) => readFileSync(page, 'utf8');

interface Query {
  question: string;
  language: string;
  text: string;
}

/** The fenced blocks below each heading. */
function queries(page: string): Query[] {
  return textOf(page)
    .split(/^## /m)
    .slice(1)
    .flatMap((section) =>
      [...section.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({
        question: section.split('\n')[0]!,
        language: language!,
        text: text!,
      })),
    );
}

let service: TestService;
let key: string;
beforeAll(async () => {
  service = await startTestService();
  key = await service.key(
    ...['sales:read', 'behaviour:read', 'customers:read', 'campaigns:read', 'sentiment:read'],
    'reports:read',
  );
  const writeKey = await service.key('events:write');
  const traffic: DemoState = { seed: 1, days: 9, until: '2026-03-31', writeKey, readKey: key };
  await playSimulation(service.url, traffic, () => undefined);
  expect((await service.run()).status).toBe('published');
});

/** Whether a number or an amount stands anywhere that is neither null nor zero. */
function hasValue(data: unknown): boolean {
  if (typeof data === 'number') return data !== 0;
  if (typeof data === 'string') return /^-?\d+(\.\d+)?$/.test(data) && Number(data) !== 0;
  return typeof data === 'object' && data !== null && Object.values(data).some(hasValue);
}

interface Answered {
  meta: Record<string, unknown> | null;
  rows: unknown[];
}

/** The list that an answer's data holds, or its values. */
const listOf = (data: object): unknown[] =>
  Object.values(data).find((value): value is unknown[] => Array.isArray(value)) ??
  Object.values(data);

async function get(url: string): Promise<Answered> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
  const text = await response.text();
  expect([url, response.status, response.status === 200 ? '' : text]).toEqual([url, 200, '']);
  const header = response.headers.get('x-cartograph-meta');
  if (response.headers.get('content-type')?.startsWith('text/html')) {
    const cells = [...text.matchAll(/<td>([^<]*)<\/td>/g)].map(([, cell]) => cell!);
    return { meta: JSON.parse(header!) as Answered['meta'], rows: cells };
  }
  if (header === null) {
    const { data, meta } = JSON.parse(text) as { data: object; meta: Answered['meta'] };
    return { meta, rows: listOf(data) };
  }
  const meta = JSON.parse(header) as Answered['meta'];
  return { meta, rows: parse(text, { columns: true }) };
}

async function graphql(query: string): Promise<Answered[]> {
  const { body, text } = await postGraphql(service, key, query);
  if (body.errors || !body.data) throw new Error(text);
  return Object.values(body.data).map((answer) => {
    const { meta, ...data } = answer as { meta: Answered['meta'] };
    return { meta, rows: listOf(data) };
  });
}

/** Runs what a reader types; the file that it writes must be what the address answers. */
async function shell(script: string): Promise<Answered> {
  const cwd = temporaryFolder();
  const env = { ...process.env, CARTOGRAPH: service.url, KEY: key };
  await run('bash', ['-euo', 'pipefail', '-c', script], { cwd, env });
  const [, file] = / -o (\S+)/.exec(script)!;
  const [, address] = /"\$CARTOGRAPH(\S+)"/.exec(script)!;
  const { meta, rows } = await get(`${service.url}${address}`);
  const written = readFileSync(join(cwd, file!), 'utf8');
  if (file!.endsWith('.csv')) expect(parse(written, { columns: true })).toEqual(rows);
  else expect(rows.every((cell) => written.includes(String(cell)))).toBe(true);
  return { meta, rows };
}

async function answersOf({ language, text }: Query): Promise<Answered[]> {
  if (language === 'graphql') return graphql(text);
  if (language === 'sh') return [await shell(text)];
  const [, address] = /^GET (\S+)$/.exec(text.replaceAll(/\n\s*/g, ''))!;
  return [await get(`${service.url}${address}`)];
}

describe.each(Object.entries(PAGES))('%s', (page, count) => {
  const all = queries(page);

  it(`asks ${count} questions, by REST, by GraphQL and as CSV`, () => {
    const questions = textOf(page).match(/^## .*\?$/gm)!;
    expect(questions).toHaveLength(count);
    expect(new Set(all.map(({ question }) => `## ${question}`))).toEqual(new Set(questions));
    expect([...new Set(all.map(({ language }) => language))].sort()).toEqual([
      ...['graphql', 'http', 'sh'],
    ]);
  });

  it.each(all)('$question ($language)', async (query) => {
    const answers = await answersOf(query);
    expect(answers.length).toBeGreaterThan(0);
    for (const { meta, rows } of answers) {
      expect(meta).toMatchObject({ asOf: expect.any(String), completeness: expect.any(String) });
      expect(rows.length).toBeGreaterThan(0);
      expect(hasValue(rows)).toBe(true);
    }
  });

  it('links only to what exists', () => {
    const links = [...textOf(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, to]) => to!);
    expect(links.filter((link) => !existsSync(join(dirname(page), link)))).toEqual([]);
  });
});
