/** Who looked at personal data: written before it is shown. */
import type { DataSource } from 'typeorm';
import type { Clock } from '../clock/clock.js';
import { AuditEntry } from '../control-db/entities/source.entities.js';

export class AuditLog {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** Answers when it is durable; nothing is shown without it. */
  async record(actor: string, action: string, target: string): Promise<void> {
    const entry = { actor, action, target, happenedAt: this.clock.now() };
    await this.dataSource.getRepository(AuditEntry).insert(entry);
  }
}
