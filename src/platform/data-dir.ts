/**
 * DATA_DIR belongs to one process: the embedded stores allow no second. The claim is a file that
 * names the process and when it started, so that a claim left behind by a kill is told from a live
 * one even where process ids are used again. Process ids say nothing across containers and hosts:
 * a claim from another one lives as long as its holder touches the file.
 */
import { randomBytes } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';

const CLAIM_FILE = 'service.lock';
const SERVICE_FILE = 'service.json';
const HEARTBEAT_MS = 5_000;
const FOREIGN_CLAIM_MS = 20_000;
const MAX_ATTEMPTS = 200;
const PAUSE_MS = 5;
/** Never notified: what waits on it sleeps for the pause, without giving other work a turn. */
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/** How the command line finds a running service. */
export interface ServiceFile {
  url: string;
  pid: number;
  token: string;
}

interface Claim {
  pid: number;
  startedAt: string;
  /** Where `pid` has a meaning: the process id namespace and the host. */
  home: string;
}

const OWN: Claim = {
  pid: process.pid,
  startedAt: startOf(process.pid) || `${performance.timeOrigin}`,
  home: `${pidNamespace()}@${hostname()}`,
};

export class DataDirInUse extends Error {
  constructor(directory: string, claim: Claim | null) {
    const foreign =
      `It runs in another container or on another host (${claim?.home}); if it was killed, ` +
      `its claim frees itself after ${FOREIGN_CLAIM_MS / 1000} seconds.`;
    super(
      `Another service (process ${claim?.pid ?? 'unknown'}) uses the data directory ${directory}. ` +
        'Stop it, or choose another with --data-dir or DATA_DIR.' +
        (claim && isForeign(claim) ? ` ${foreign}` : ''),
    );
    this.name = 'DataDirInUse';
  }
}

export class DataDirUnusable extends Error {
  constructor(directory: string, cause: NodeJS.ErrnoException) {
    super(
      `The data directory ${directory} cannot be used (${cause.code}). ` +
        'It must be a folder that this user may write to; choose one with --data-dir or DATA_DIR.',
    );
    this.name = 'DataDirUnusable';
  }
}

/** Claims the directory for this process and answers with what gives it back. */
export function claimDataDir(dataDir: string): () => void {
  const directory = resolve(dataDir);
  const file = join(directory, CLAIM_FILE);
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeDraft(directory, draft);
  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      if (tryLink(draft, file)) return keep(directory, file);
      const standing = readText(file);
      const claim = parseClaim(standing);
      if (claim && isHeld(claim, file)) throw new DataDirInUse(directory, claim);
      if (standing !== null && takeOver(file, standing, draft)) return keep(directory, file);
      Atomics.wait(PAUSE, 0, 0, PAUSE_MS);
    }
    throw new DataDirInUse(directory, readClaim(file));
  } finally {
    rmSync(draft, { force: true });
  }
}

export function writeServiceFile(dataDir: string, service: ServiceFile): void {
  const file = join(resolve(dataDir), SERVICE_FILE);
  writeFileSync(`${file}.tmp`, JSON.stringify(service), { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
}

/** The running service of this directory, or null. */
export function readServiceFile(dataDir: string): ServiceFile | null {
  const directory = resolve(dataDir);
  const claim = readClaim(join(directory, CLAIM_FILE));
  if (!claim || isForeign(claim) || !isAlive(claim)) return null;
  try {
    const service = JSON.parse(readFileSync(join(directory, SERVICE_FILE), 'utf8')) as ServiceFile;
    return service.pid === claim.pid ? service : null;
  } catch {
    return null;
  }
}

function writeDraft(directory: string, draft: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(draft, JSON.stringify(OWN), { mode: 0o600 });
  } catch (error) {
    throw new DataDirUnusable(directory, error as NodeJS.ErrnoException);
  }
}

/**
 * Puts our claim in a dead one's place. One starter at a time may do so, and only while the dead
 * claim is still the one that it read; answers false where another was faster.
 */
function takeOver(file: string, dead: string, draft: string): boolean {
  const marker = `${file}.takeover`;
  if (!tryLink(draft, marker)) {
    const taker = readClaim(marker);
    if (taker && !isHeld(taker, marker)) rmSync(marker, { force: true });
    return false;
  }
  try {
    if (readText(file) !== dead) return false;
    renameSync(draft, file);
    return true;
  } finally {
    rmSync(marker, { force: true });
  }
}

/** Keeps the claim alive in the eyes of other containers and hosts until it is given back. */
function keep(directory: string, file: string): () => void {
  const heartbeat = setInterval(() => touch(file), HEARTBEAT_MS).unref();
  return () => {
    clearInterval(heartbeat);
    if (!isOwn(readClaim(file))) return;
    rmSync(join(directory, SERVICE_FILE), { force: true });
    rmSync(file, { force: true });
  };
}

function touch(file: string): void {
  if (!isOwn(readClaim(file))) return;
  const now = Date.now() / 1000;
  try {
    utimesSync(file, now, now);
  } catch {
    // A beat that is missed once is made up for by the next.
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function parseClaim(text: string | null): Claim | null {
  try {
    return text === null ? null : (JSON.parse(text) as Claim);
  } catch {
    return null;
  }
}

function readClaim(file: string): Claim | null {
  return parseClaim(readText(file));
}

function isOwn(claim: Claim | null): boolean {
  return claim?.pid === OWN.pid && claim.startedAt === OWN.startedAt && claim.home === OWN.home;
}

/** A claim that does not say where it was made counts as made here. */
function isForeign({ home = OWN.home }: Partial<Claim>): boolean {
  return home !== OWN.home;
}

/** True for the claim of a live process; this one may not claim a directory twice either. */
function isHeld(claim: Claim, file: string): boolean {
  if (!isForeign(claim)) return isAlive(claim);
  const touchedAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - touchedAt < FOREIGN_CLAIM_MS;
}

/** For a claim made here. */
function isAlive({ pid, startedAt }: Claim): boolean {
  if (pid === OWN.pid) return startedAt === OWN.startedAt;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = startOf(pid);
  return now === '' || startedAt === '' || now === startedAt;
}

/** When the process started, in clock ticks since boot (Linux); empty where it cannot be told. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
