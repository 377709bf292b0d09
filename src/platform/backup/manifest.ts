/**
 * What a backup says of itself: a head that is read before anything else, so that a backup this
 * program cannot restore is refused at once, and a manifest at its end, so that one that was cut
 * short has none.
 */

/** Rises when a backup can no longer be restored by an older program. */
export const BACKUP_FORMAT = 1;

export const HEAD_NAME = 'cartograph-backup.json';
export const MANIFEST_NAME = 'manifest.json';
/** The parts of the archive by what they are. */
export const FOLDERS = { control: 'control', warehouse: 'warehouse', files: 'files' } as const;
export const SECRET_NAME = 'secret';

/** First in the archive. */
export interface BackupHead {
  format: number;
  created_at: string;
  has_secret: boolean;
  /** Names of the migrations applied to each store. */
  control_migrations: string[];
  warehouse_migrations: string[];
}

export interface ControlTable {
  rows: number;
  /** Sum over the rows of a 64-bit hash of the row as JSON, whatever their order. */
  checksum: string;
}

export interface WarehouseTable {
  rows: number;
  parts: number;
  bytes: number;
  /** SHA-256 over the names and SHA-256 of the table's files. */
  checksum: string;
}

export interface BackupFile {
  bytes: number;
  sha256: string;
}

/** Last in the archive. */
export interface Manifest extends BackupHead {
  control: { tables: Record<string, ControlTable>; sequences: Record<string, string> };
  warehouse: { tables: Record<string, WarehouseTable> };
  files: Record<string, BackupFile>;
}

/** A backup that cannot be restored: what is wrong with it and what to do. */
export class UnusableBackup extends Error {
  constructor(reason: string, options: { cause?: unknown } = {}) {
    super(reason, options);
    this.name = 'UnusableBackup';
  }
}

/** Throws {@link UnusableBackup} for a backup that a newer program made. */
export function requireKnown(
  head: BackupHead,
  known: { control: readonly string[]; warehouse: readonly string[] },
): void {
  const isKnown =
    head.format <= BACKUP_FORMAT &&
    head.control_migrations.every((name) => known.control.includes(name)) &&
    head.warehouse_migrations.every((name) => known.warehouse.includes(name));
  if (isKnown) return;
  throw new UnusableBackup(
    `The backup of ${head.created_at} was made by a newer version. ` +
      'Restore it with that version or a later one.',
  );
}
