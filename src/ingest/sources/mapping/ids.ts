/** Forms the ids of rows from columns, constants and running numbers. */
import { CodedError } from '../../../contracts/errors.js';
import type { Cells, Columns, ReadCell } from './columns.js';
import { readId } from './convert.js';
import { FLAWS, type Flaw } from './flaws.js';
import { ownCopy } from './memory.js';
import type { ColumnUse, IdPart } from './rules.js';

export type FormId = (cells: Cells) => string | Flaw;

const MAX_ID_LENGTH = 200;

/** A count takes some 100 bytes of memory. */
const MAX_COUNTED_VALUES = 2_000_000;

/** Parts joined by `:`; a part that is empty or damaged spoils the id. */
export function compileId(parts: readonly IdPart[], columns: Columns, ordinals: Ordinals): FormId {
  const forms = parts.map((part) => compilePart(part, columns, ordinals));
  if (forms.length === 1) return forms[0]!;
  return (cells) => {
    let id = '';
    for (const form of forms) {
      const part = form(cells);
      if (typeof part !== 'string') return part;
      id = id === '' ? part : `${id}:${part}`;
    }
    return id.length > MAX_ID_LENGTH ? FLAWS.idTooLong : id;
  };
}

function compilePart(part: IdPart, columns: Columns, ordinals: Ordinals): FormId {
  switch (part.kind) {
    case 'constant':
      return () => part.text;
    case 'ordinal_of': {
      const ordinal = ordinals.of(part.column);
      return () => String(ordinal.current);
    }
    case 'column': {
      const read = columns.reader(part.column);
      return (cells) => {
        const text = read(cells);
        return (text === null ? null : readId(text)) ?? FLAWS.missing;
      };
    }
  }
}

/** The running numbers that branches ask for, one for each column. */
export class Ordinals {
  private readonly byColumn = new Map<string, Ordinal>();

  constructor(private readonly columns: Columns) {}

  of(use: ColumnUse): Ordinal {
    const known = this.byColumn.get(use.column);
    if (known) return known;
    const ordinal = new Ordinal(use, this.columns.reader(use));
    this.byColumn.set(use.column, ordinal);
    return ordinal;
  }

  get all(): Ordinal[] {
    return [...this.byColumn.values()];
  }
}

/** How many rows with the present row's value have come, the present one included. */
class Ordinal {
  current = 0;
  private readonly counts = new Map<string, number>();
  /** Rows of one value mostly follow one another. */
  private last: string | null = null;

  constructor(
    private readonly use: ColumnUse,
    private readonly read: ReadCell,
  ) {}

  count(cells: Cells): void {
    const value = this.read(cells) ?? '';
    if (value === this.last) {
      this.current++;
      return;
    }
    if (this.last !== null) this.keep(this.last);
    this.last = value;
    this.current = (this.counts.get(value) ?? 0) + 1;
  }

  private keep(value: string): void {
    this.counts.set(ownCopy(value), this.current);
    if (this.counts.size <= MAX_COUNTED_VALUES) return;
    const { column, at } = this.use;
    throw new CodedError(
      'invalid_mapping',
      `${at}: ordinal_of ${column} counts more than 2,000,000 different values; use a column that tells rows apart.`,
    );
  }
}
