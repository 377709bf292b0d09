import { jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  claimDataDir,
  DataDirInUse,
  DataDirUnusable,
  readServiceFile,
  writeServiceFile,
} from './data-dir.js';

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cartograph-data-dir-'));
  lock = join(folder, 'service.lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const standing = () => JSON.parse(readFileSync(lock, 'utf8')) as { pid: number };
const stand = (claim: object) => writeFileSync(lock, JSON.stringify(claim));
const endedProcess = () => spawnSync(process.execPath, ['--eval', '']).pid;

/** When a process started, read as a reader of proc(5) would. */
const startOf = (pid: number) =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')[19];

describe('claimDataDir', () => {
  it('makes the folder, stands in it as one private file, and is gone when given back', () => {
    const below = join(folder, 'new', 'data');
    const release = claimDataDir(below);
    expect(readdirSync(below)).toEqual(['service.lock']);
    expect(statSync(join(below, 'service.lock')).mode & 0o777).toBe(0o600);
    release();
    expect(readdirSync(below)).toEqual([]);
  });

  it('is refused while another process holds it, which keeps its claim', () => {
    const claim = { pid: process.ppid, startedAt: startOf(process.ppid) };
    stand(claim);
    expect(() => claimDataDir(folder)).toThrow(DataDirInUse);
    expect(() => claimDataDir(folder)).toThrow(folder);
    expect(standing()).toEqual(claim);
    expect(readdirSync(folder)).toEqual(['service.lock']);
  });

  it.each([
    ['a process that has ended', () => ({ pid: endedProcess(), startedAt: '1' })],
    ['a process id that is used again', () => ({ pid: process.ppid, startedAt: '1' })],
    ['an earlier process of the same id', () => ({ pid: process.pid, startedAt: '1' })],
  ])('takes over the claim of %s', (_, claim) => {
    stand(claim());
    const release = claimDataDir(folder);
    expect(standing()).toMatchObject({ pid: process.pid, startedAt: startOf(process.pid) });
    expect(readdirSync(folder)).toEqual(['service.lock']);
    release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is refused to the process that holds it, until it gives it back', () => {
    const release = claimDataDir(folder);
    expect(() => claimDataDir(folder)).toThrow(DataDirInUse);
    release();
    claimDataDir(folder)();
  });

  describe('against a claim from another container', () => {
    /** Both are process 1 of their namespaces, as containers are. */
    const foreign = () => ({
      pid: process.pid,
      startedAt: startOf(process.pid),
      home: 'pid:[1]@elsewhere',
    });
    const touched = (secondsAgo: number) => {
      const at = new Date(Date.now() - secondsAgo * 1000);
      utimesSync(lock, at, at);
    };

    it('is refused while its holder touches it, and says when it frees itself', () => {
      stand(foreign());
      touched(15);
      expect(() => claimDataDir(folder)).toThrow(/pid:\[1\]@elsewhere.*after 20 seconds/);
      expect(standing()).toEqual(foreign());
      expect(readServiceFile(folder)).toBeNull();
    });

    it.each([
      ['the same process id', foreign],
      ['one that lives here', () => ({ ...foreign(), pid: process.ppid })],
    ])('takes it over once nobody touches it (%s)', (_, claim) => {
      stand(claim());
      touched(25);
      const release = claimDataDir(folder);
      expect(standing()).toMatchObject({ pid: process.pid, startedAt: startOf(process.pid) });
      stand(claim());
      release();
      expect(standing()).toEqual(claim());
    });

    it('touches its own, and never what was taken over', () => {
      jest.useFakeTimers();
      try {
        const release = claimDataDir(folder);
        const age = () => Date.now() - statSync(lock).mtimeMs;
        touched(60);
        jest.advanceTimersByTime(6_000);
        expect(age()).toBeLessThan(2_000);
        stand(foreign());
        touched(60);
        jest.advanceTimersByTime(6_000);
        expect(age()).toBeGreaterThan(60_000);
        release();
        expect(jest.getTimerCount()).toBe(0);
      } finally {
        jest.useRealTimers();
      }
    });
  });

  it('takes over a claim that cannot be read', () => {
    writeFileSync(lock, '{"pid":');
    claimDataDir(folder);
    expect(standing().pid).toBe(process.pid);
  });

  it('leaves the claim of whoever took it over', () => {
    const release = claimDataDir(folder);
    stand({ pid: process.ppid, startedAt: '1' });
    release();
    expect(standing().pid).toBe(process.ppid);
  });

  it('says which folder it cannot use', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => claimDataDir(file)).toThrow(DataDirUnusable);
    expect(() => claimDataDir(join(file, 'below'))).toThrow(`${file}/below cannot be used`);
  });
});

describe('readServiceFile', () => {
  const service = { url: 'http://127.0.0.1:1', pid: process.pid, token: 'token' };

  it('finds the service that holds the claim, until it gives it back', () => {
    const release = claimDataDir(folder);
    writeServiceFile(folder, service);
    expect(readServiceFile(folder)).toEqual(service);
    expect(statSync(join(folder, 'service.json')).mode & 0o777).toBe(0o600);
    release();
    expect(existsSync(join(folder, 'service.json'))).toBe(false);
    expect(readServiceFile(folder)).toBeNull();
  });

  it('finds none without a claim, with a dead one, or with that of another process', () => {
    writeServiceFile(folder, service);
    expect(readServiceFile(folder)).toBeNull();
    stand({ pid: endedProcess(), startedAt: '1' });
    expect(readServiceFile(folder)).toBeNull();
    stand({ pid: process.ppid, startedAt: startOf(process.ppid) });
    expect(readServiceFile(folder)).toBeNull();
  });

  it('finds none in a file that is not whole', () => {
    claimDataDir(folder);
    writeFileSync(join(folder, 'service.json'), '{"url":');
    expect(readServiceFile(folder)).toBeNull();
  });
});
