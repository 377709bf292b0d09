/** The container files name what exists, and keep their promises: two targets, no root. */
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { VARIABLES } from '../src/platform/config/config.js';

const dockerfile = readFileSync('Dockerfile', 'utf8');
const instructions = dockerfile.split('\n').filter((line) => /^[A-Z]+ /.test(line));

interface Compose {
  services: Record<string, { build?: { target: string }; environment?: Record<string, string> }>;
}
const compose = parse(readFileSync('compose.yaml', 'utf8')) as Compose;

describe('Dockerfile', () => {
  const stages = instructions
    .filter((line) => line.startsWith('FROM '))
    .map((line) => /^FROM (\S+) AS (\S+)$/.exec(line)!.slice(1) as [string, string]);

  it('has the targets embedded and slim, both on the stage that leaves root behind', () => {
    const base = Object.fromEntries(stages.map(([from, name]) => [name, from]));
    expect(base['embedded']).toBe('base');
    expect(base['slim']).toBe('base');
    const baseStage = dockerfile.split(/^FROM /m).find((text) => / AS base\n/.test(text))!;
    expect(baseStage).toMatch(/^USER node$/m);
    expect(dockerfile.slice(dockerfile.indexOf('AS slim'))).not.toMatch(/^USER /m);
  });

  it('copies from the build context only what exists and .dockerignore lets through', () => {
    const allowed = readFileSync('.dockerignore', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = instructions
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(copied.length).toBeGreaterThan(5);
    for (const path of copied) {
      expect(existsSync(path)).toBe(true);
      expect(allowed).toContain(path);
    }
  });
});

describe('compose.yaml', () => {
  it('stands up the service with every store outside the process', () => {
    expect(Object.keys(compose.services).sort()).toEqual([
      'cartograph',
      'clickhouse',
      'minio',
      'postgres',
      'redis',
    ]);
    expect(compose.services['cartograph']!.build!.target).toBe('slim');
  });

  it('sets only variables that the configuration knows', () => {
    const known = Object.values(VARIABLES).map(({ name }) => name);
    const set = Object.keys(compose.services['cartograph']!.environment!);
    expect(set.filter((name) => !known.includes(name))).toEqual([]);
    expect(set).toEqual(expect.arrayContaining(['DATABASE_URL', 'CLICKHOUSE_URL', 'REDIS_URL']));
  });

  it('holds no password', () => {
    const secrets = Object.values(compose.services).flatMap(({ environment }) =>
      Object.entries(environment ?? {}).filter(([name]) => /PASSWORD|SECRET/.test(name)),
    );
    expect(secrets.length).toBeGreaterThan(3);
    for (const [, value] of secrets) expect(value).toMatch(/^\$\{[A-Z_]+:\?/);
  });
});
