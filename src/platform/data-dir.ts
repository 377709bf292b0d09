/**
 * DATA_DIR belongs to one process: the embedded stores allow no second. The claim is a file that
 * names the process and when it started, so that a claim left behind by a kill is told from a live
 * one even where process ids are used again.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync, linkSync } from 'node:fs';
import { join, resolve } from 'node:path';

const CLAIM_FILE = 'service.lock';
const SERVICE_FILE = 'service.json';

/** How the command line finds a running service. */
export interface ServiceFile {
  url: string;
  pid: number;
  token: string;
}

interface Claim {
  pid: number;
  startedAt: string;
}

export class DataDirInUse extends Error {
  constructor(directory: string, pid: number) {
    super(
      `Another service (process ${pid}) uses the data directory ${directory}. ` +
        'Stop it, or choose another with --data-dir or DATA_DIR.',
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
  const own: Claim = { pid: process.pid, startedAt: startOf(process.pid) };
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeDraft(directory, draft, own);
  try {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      if (tryLink(draft, file)) return () => release(directory, own);
      const standing = readClaim(file);
      if (standing && isHeld(standing)) throw new DataDirInUse(directory, standing.pid);
      takeAway(file, `${draft}.stale`);
    }
    throw new DataDirInUse(directory, readClaim(file)?.pid ?? 0);
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
  if (!claim || !isAlive(claim)) return null;
  try {
    const service = JSON.parse(readFileSync(join(directory, SERVICE_FILE), 'utf8')) as ServiceFile;
    return service.pid === claim.pid ? service : null;
  } catch {
    return null;
  }
}

function writeDraft(directory: string, draft: string, own: Claim): void {
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(draft, JSON.stringify(own), { mode: 0o600 });
  } catch (error) {
    throw new DataDirUnusable(directory, error as NodeJS.ErrnoException);
  }
}

/** Takes a dead claim away. What another starter has claimed since it was read is put back. */
function takeAway(file: string, stale: string): void {
  try {
    renameSync(file, stale);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const taken = readClaim(stale);
  if (taken && isHeld(taken)) tryLink(stale, file);
  rmSync(stale, { force: true });
}

function release(directory: string, own: Claim): void {
  const file = join(directory, CLAIM_FILE);
  if (readClaim(file)?.pid !== own.pid) return;
  rmSync(join(directory, SERVICE_FILE), { force: true });
  rmSync(file, { force: true });
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

function readClaim(file: string): Claim | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Claim;
  } catch {
    return null;
  }
}

/** True for the claim of another live process. */
function isHeld(claim: Claim): boolean {
  return claim.pid !== process.pid && isAlive(claim);
}

function isAlive({ pid, startedAt }: Claim): boolean {
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
