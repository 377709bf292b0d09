/** Two starters meet one dead claim, and the other one is faster, in the worst moment for us. */
import { jest } from '@jest/globals';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let beforeTakeover: () => void = () => undefined;
jest.unstable_mockModule('node:fs', () => ({
  ...fs,
  linkSync: (from: string, to: string) => {
    if (to.endsWith('.takeover')) beforeTakeover();
    fs.linkSync(from, to);
  },
}));
const { claimDataDir, DataDirInUse } = await import('./data-dir.js');

let folder: string;
let lock: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'cartograph-data-dir-'));
  lock = join(folder, 'service.lock');
  fs.writeFileSync(lock, JSON.stringify({ pid: process.ppid, startedAt: '1' }));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

it('the claim made between our look and our taking over stands', () => {
  const stat = fs.readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
  const startedAt = stat.replace(/^.*\) /s, '').split(' ')[19];
  const others = JSON.stringify({ pid: process.ppid, startedAt });
  beforeTakeover = () => fs.writeFileSync(lock, others);
  expect(() => claimDataDir(folder)).toThrow(DataDirInUse);
  expect(fs.readFileSync(lock, 'utf8')).toBe(others);
  expect(fs.readdirSync(folder)).toEqual(['service.lock']);
});

it('a dead claim that the other took away first is no obstacle', () => {
  beforeTakeover = () => {
    beforeTakeover = () => undefined;
    fs.rmSync(lock);
  };
  claimDataDir(folder);
  expect(JSON.parse(fs.readFileSync(lock, 'utf8'))).toMatchObject({ pid: process.pid });
  expect(fs.readdirSync(folder)).toEqual(['service.lock']);
});

it('a taker that was killed half-way is no obstacle', () => {
  beforeTakeover = () => undefined;
  fs.writeFileSync(`${lock}.takeover`, JSON.stringify({ pid: process.ppid, startedAt: '1' }));
  claimDataDir(folder);
  expect(JSON.parse(fs.readFileSync(lock, 'utf8'))).toMatchObject({ pid: process.pid });
  expect(fs.readdirSync(folder)).toEqual(['service.lock']);
});

it('a taker at work is waited for', () => {
  const stat = fs.readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
  const startedAt = stat.replace(/^.*\) /s, '').split(' ')[19];
  fs.writeFileSync(`${lock}.takeover`, JSON.stringify({ pid: process.ppid, startedAt }));
  let looks = 0;
  beforeTakeover = () => {
    looks += 1;
    if (looks === 3) fs.rmSync(`${lock}.takeover`);
  };
  claimDataDir(folder);
  expect(looks).toBe(3);
  expect(JSON.parse(fs.readFileSync(lock, 'utf8'))).toMatchObject({ pid: process.pid });
});
