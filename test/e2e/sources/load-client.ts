/** Loads files over REST as the command line does: created, sent in parts, started, followed. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Problem } from '../../../src/contracts/errors.js';
import { PART_BYTES } from '../../../src/contracts/uploads.js';
import type { LoadCounts } from '../../../src/platform/control-db/entities/source.entities.js';
import type { TestService } from '../../support/service.js';

const LOADS = '/api/v1/pipelines/loads';
const POLL_MS = 50;
const LOAD_MS_MAX = 60_000;

export interface LoadView {
  id: string;
  kind: string;
  entity: string;
  source: string;
  file_name: string;
  status: 'uploading' | 'queued' | 'running' | 'done' | 'failed';
  uploaded_bytes: number;
  rows_total: number | null;
  counts: LoadCounts;
  error: { code: string; detail: string } | null;
  requested_by: string;
  created_at: string;
  finished_at: string | null;
}

export interface RejectedRow {
  line: number;
  field: string;
  code: string;
  detail: string;
}

export interface DataFile {
  entity: string;
  name: string;
  mapping: string;
  content: string | Buffer;
}

export interface Answer {
  status: number;
  text: string;
  /** Of what went well. */
  data: unknown;
  /** The problem's code and detail. */
  code: string | undefined;
  detail: string | undefined;
}

/** The counts of a load of which rows were only loaded, unless told otherwise. */
export const counts = (given: Partial<LoadCounts>): LoadCounts => {
  const { loaded = 0, ignored = 0, rejected = 0, unchanged = 0 } = given;
  return { read: loaded + ignored + rejected + unchanged, loaded, ignored, rejected, unchanged };
};

/** A mapping with one branch that takes every row. */
export const mappingOf = (source: string, fields: Record<string, unknown>, more = {}): string =>
  // JSON is YAML.
  JSON.stringify({ source, ...more, rows: [{ fields }] });

export class LoadClient {
  constructor(
    private readonly service: Pick<TestService, 'url'>,
    private readonly key: string | null,
  ) {}

  create({ entity, name, mapping }: Omit<DataFile, 'content'>): Promise<Answer> {
    return this.send('POST', '', JSON.stringify({ entity, file_name: name, mapping }));
  }

  sendPart(id: string, part: number | string, bytes: Buffer | string): Promise<Answer> {
    return this.send('PUT', `/${id}/parts/${part}`, Buffer.from(bytes));
  }

  start(id: string, body: object = {}): Promise<Answer> {
    return this.send('POST', `/${id}/start`, JSON.stringify(body));
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path);
  }

  async find(id: string): Promise<LoadView> {
    return (await this.get(`/${id}`)).data as LoadView;
  }

  async rejected(id: string, after = ''): Promise<RejectedRow[]> {
    return (await this.get(`/${id}/rejected${after}`)).data as RejectedRow[];
  }

  /** Creates a load and sends its file, without starting it; answers with its id. */
  async upload(file: DataFile): Promise<string> {
    const created = await this.create(file);
    if (created.status !== 201) throw new Error(created.text);
    const { id } = created.data as LoadView;
    const bytes = Buffer.from(file.content);
    const parts = Math.max(1, Math.ceil(bytes.length / PART_BYTES));
    for (let part = 0; part < parts; part += 1) {
      const sent = bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
      const { status, text } = await this.sendPart(id, part, sent);
      if (status !== 204) throw new Error(text);
    }
    return id;
  }

  /** Loads a file and answers with the load when it has ended. */
  async load(file: DataFile, limitMs = LOAD_MS_MAX): Promise<LoadView> {
    const id = await this.upload(file);
    const sha256 = createHash('sha256').update(file.content).digest('hex');
    const started = await this.start(id, { sha256 });
    if (started.status !== 202) throw new Error(started.text);
    return this.follow(id, limitMs);
  }

  async follow(id: string, limitMs = LOAD_MS_MAX): Promise<LoadView> {
    const deadline = Date.now() + limitMs;
    while (Date.now() < deadline) {
      const load = await this.find(id);
      if (load.status === 'done' || load.status === 'failed') return load;
      await pause(POLL_MS);
    }
    throw new Error(`The load did not end within ${limitMs} ms.`);
  }

  /** Any request below the loads' path; text goes as JSON, bytes as the part of a file. */
  async send(method: string, path: string, body?: string | Buffer): Promise<Answer> {
    const type = typeof body === 'string' ? 'application/json' : 'application/octet-stream';
    const response = await fetch(`${this.service.url}${LOADS}${path}`, {
      method,
      headers: {
        ...(this.key === null ? {} : { authorization: `Bearer ${this.key}` }),
        ...(body === undefined ? {} : { 'content-type': type }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : bytesOf(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') && text.startsWith('{');
    const isLines = response.headers.get('content-type')?.includes('ndjson');
    const answer = isJson && !isLines ? (JSON.parse(text) as Partial<Problem> & Data) : {};
    const { data, code, detail } = answer as Partial<Problem> & Data;
    return { status: response.status, text, data, code, detail };
  }
}

interface Data {
  data?: unknown;
}

const bytesOf = (buffer: Buffer) => new Uint8Array(buffer);
