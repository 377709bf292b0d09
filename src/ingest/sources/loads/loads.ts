/**
 * Loads of files as jobs: created, uploaded in parts, started, followed. One runs at a time in the
 * order of their start; those that a stop or a kill cut off go on at the next start.
 */
import type { OnModuleDestroy } from '@nestjs/common';
import { CodedError } from '../../../contracts/errors.js';
import type { Load } from '../../../platform/control-db/entities/source.entities.js';
import type { Logger } from '../../../platform/logging/logger.js';
import { ENTITIES, isEntity } from '../entities.js';
import { invalidMapping } from '../mapping/mapping-text.js';
import { parseMapping } from '../mapping/mapping.js';
import { ruleProblems } from '../mapping/rule-check.js';
import { loadFile, type FileLoadParts } from './file-load.js';
import { Spool } from './spool.js';

export interface LoadRequest {
  entity: string;
  fileName: string;
  /** The mapping's YAML. */
  mapping: string;
  requestedBy: string;
}

/** Loads that may wait at a time. */
const MAX_QUEUED = 100;

export class Loads implements OnModuleDestroy {
  private queue: Promise<void> = Promise.resolve();
  private queued = 0;
  private readonly stopping = new AbortController();
  /** Loads whose file is being checked: its digest takes a while, and none may run twice. */
  private readonly starting = new Set<string>();

  constructor(
    private readonly parts: FileLoadParts,
    private readonly spool: Spool,
    private readonly logger: Logger,
  ) {}

  /** Goes on with what was cut off. A load lies in the spool of the service that took it. */
  async resume(): Promise<void> {
    await this.spool.tidy(this.parts.clock.now());
    for (const load of await this.parts.store.unfinished()) {
      if (this.spool.has(load.id)) this.enqueue(load);
    }
  }

  /** Stops after the batch under way; the load goes on at the next start. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.queue;
  }

  /** Checks the mapping before a byte is sent. Throws `unknown_entity`, `invalid_mapping`. */
  async create({ entity, fileName, mapping, requestedBy }: LoadRequest): Promise<Load> {
    if (!isEntity(entity)) {
      const known = Object.keys(ENTITIES).join(', ');
      throw new CodedError('unknown_entity', `Known entities are ${known}.`);
    }
    const parsed = parseMapping(mapping, 'mapping');
    if (!parsed.rows) {
      throw new CodedError('invalid_mapping', 'mapping:1:1: a file is mapped by `rows`.');
    }
    const problems = parsed.rows.flatMap((rule) =>
      ruleProblems(parsed, rule, rule.entity ?? entity),
    );
    if (problems.length > 0) throw invalidMapping(problems);
    const { source } = parsed;
    const given = { kind: 'file', entity, source, fileName, mapping, requestedBy } as const;
    return this.parts.store.create({ ...given, status: 'uploading' });
  }

  /** Stores one part of the file; all parts but the last have the same size (see spool.ts). */
  async addPart(id: string, part: number, bytes: Buffer): Promise<void> {
    const load = await this.find(id);
    if (load.status !== 'uploading' || this.starting.has(id)) {
      throw new CodedError('wrong_state', `The load is ${load.status}: it takes no more parts.`);
    }
    await this.parts.store.saveSize(load.id, await this.spool.writePart(id, part, bytes));
  }

  /** Starts a load that is uploaded, or one that failed, where it stopped. */
  async start(id: string, digest?: string): Promise<Load> {
    if (this.starting.has(id)) throw new CodedError('wrong_state', 'The load is being started.');
    this.starting.add(id);
    try {
      const load = await this.find(id);
      await this.queueUp(load, digest);
      return load;
    } finally {
      this.starting.delete(id);
    }
  }

  async find(id: string): Promise<Load> {
    const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
    const load = isUuid ? await this.parts.store.find(id) : null;
    if (!load) throw new CodedError('not_found', 'No load has this id.');
    return load;
  }

  recent(): Promise<Load[]> {
    return this.parts.store.recent();
  }

  /** Up to 1,000 rejected rows after a line: where and why, without the rows. */
  async rejections(id: string, afterLine: number) {
    return this.parts.store.rejections((await this.find(id)).id, afterLine);
  }

  /** The rejected rows as they were, as lines of JSON. The caller holds `pii:read` and is audited. */
  async *rejectedRows(id: string): AsyncGenerator<string> {
    for await (const rows of this.parts.store.rejectedRows(id)) {
      yield rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    }
  }

  private async queueUp(load: Load, digest?: string): Promise<void> {
    const { id } = load;
    if (!['uploading', 'failed'].includes(load.status) || !this.spool.has(id)) {
      throw new CodedError('wrong_state', `The load is ${load.status}, or its file is gone.`);
    }
    if (this.queued >= MAX_QUEUED) throw new CodedError('busy', `${this.queued} loads wait.`);
    if (digest !== undefined && digest !== (await this.spool.digest(id))) {
      throw new CodedError('wrong_state', 'The file did not arrive whole; send its parts again.');
    }
    Object.assign(load, { status: 'queued', error: null, finishedAt: null });
    await this.parts.store.save(load);
    this.enqueue(load);
  }

  private enqueue(load: Load): void {
    this.queued += 1;
    this.queue = this.queue.then(() => this.run(load)).finally(() => (this.queued -= 1));
  }

  private async run(load: Load): Promise<void> {
    const { store } = this.parts;
    const { signal } = this.stopping;
    if (signal.aborted) return;
    try {
      load.status = 'running';
      await store.save(load);
      await loadFile(load, this.spool.path(load.id), this.parts, signal);
      if (signal.aborted) return;
      await store.finish(load, 'done');
      await this.spool.remove(load.id);
    } catch (error) {
      await this.fail(load, error);
    }
  }

  private async fail(load: Load, error: unknown): Promise<void> {
    this.logger.error({ err: error, load: load.id }, 'A load failed.');
    const coded = error instanceof CodedError ? error : new CodedError('internal', '');
    const { code, detail, definition } = coded;
    const told = { code, detail: `${detail} ${definition.remedy}`.trim() };
    await this.parts.store
      .finish(load, 'failed', told)
      .catch((cause: unknown) =>
        this.logger.error({ err: cause }, 'The load could not be closed.'),
      );
  }
}
