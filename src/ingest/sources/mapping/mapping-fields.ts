/** Reads one field of a mapping: where its text comes from and what is done to it. */
import type { FieldType } from '../entities.js';
import { isFlaw } from './flaws.js';
import { readColumn } from './mapping-names.js';
import type { MappingText, Path } from './mapping-text.js';
import { readDecimal } from './numbers.js';
import type { Factor, FieldRule, FieldSource } from './rules.js';
import { isTimezone } from './zones.js';

export interface YamlField {
  column?: string;
  constant?: unknown;
  multiply?: (string | number)[];
  join?: string[];
  first_of?: string[];
  separator?: string;
  type?: FieldType;
  values?: Record<string, unknown>;
  default?: unknown;
  prefix?: string;
  format?: string;
  timezone?: string;
  decimal_comma?: boolean;
  negate?: boolean;
  round?: number;
}

type SourceKind = FieldSource['kind'];

const OF_TEXT = [
  ...['type', 'values', 'default', 'prefix', 'format', 'timezone', 'decimal_comma', 'negate'],
  'round',
] as const;

/** What may stand beside each kind of source. */
const OPTIONS: Record<SourceKind, readonly string[]> = {
  column: OF_TEXT,
  first_of: OF_TEXT,
  join: [...OF_TEXT, 'separator'],
  multiply: ['type', 'default', 'decimal_comma', 'negate'],
  constant: ['type'],
};

const SOURCES = Object.keys(OPTIONS) as SourceKind[];

export function readField(
  yaml: MappingText,
  path: Path,
  name: string,
  given: string | YamlField,
): FieldRule {
  const field: YamlField = typeof given === 'string' ? { column: given } : given;
  // The short form names the column in place of the field's options.
  const columnPath = typeof given === 'string' ? path : [...path, 'column'];
  complainOfOptions(yaml, path, name, field);
  if (field.timezone !== undefined && !isTimezone(field.timezone)) {
    const words = `${field.timezone} is no IANA timezone such as Europe/Vienna.`;
    yaml.complain([...path, 'timezone'], words, 'value');
  }
  return {
    at: yaml.at(path),
    name,
    from: readSource(yaml, path, columnPath, field),
    type: field.type ?? null,
    values: field.values ? readValues(yaml, [...path, 'values'], field.values) : null,
    default: field.default === undefined ? null : readText(yaml, [...path, 'default']),
    prefix: field.prefix ?? null,
    format: field.format ?? null,
    timezone: field.timezone ?? null,
    decimalComma: field.decimal_comma ?? null,
    negate: field.negate ?? false,
    round: field.round ?? null,
  };
}

function complainOfOptions(yaml: MappingText, path: Path, name: string, field: YamlField): void {
  const kinds = SOURCES.filter((kind) => field[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    yaml.complain(path, `${name} takes its text from exactly one of ${SOURCES.join(', ')}.`);
    return;
  }
  for (const option of Object.keys(field)) {
    if (option === kind || OPTIONS[kind].includes(option)) continue;
    const allowed = OPTIONS[kind].join(', ');
    yaml.complain([...path, option], `${option} does not go with ${kind}; ${allowed} do.`);
  }
}

function readSource(
  yaml: MappingText,
  path: Path,
  columnPath: Path,
  field: YamlField,
): FieldSource {
  const columns = (key: 'join' | 'first_of') =>
    (field[key] ?? []).map((column, index) => readColumn(yaml, [...path, key, index], column));
  if (field.constant !== undefined) {
    return { kind: 'constant', text: yaml.written([...path, 'constant']).trim() };
  }
  if (field.multiply) {
    const factors = field.multiply.map((factor, index) =>
      readFactor(yaml, [...path, 'multiply', index], factor),
    );
    return { kind: 'multiply', factors };
  }
  if (field.join) {
    return { kind: 'join', columns: columns('join'), separator: field.separator ?? ' ' };
  }
  if (field.first_of) return { kind: 'first_of', columns: columns('first_of') };
  return { kind: 'column', column: readColumn(yaml, columnPath, field.column ?? '') };
}

function readFactor(yaml: MappingText, path: Path, factor: string | number): Factor {
  if (typeof factor === 'string') return readColumn(yaml, path, factor);
  const number = readDecimal(yaml.written(path), false);
  if (!isFlaw(number)) return { number };
  yaml.complain(path, `a factor must be a plain number such as 0.01.`, 'value');
  return { number: '1' };
}

function readValues(
  yaml: MappingText,
  path: Path,
  values: Record<string, unknown>,
): Map<string, string | null> {
  return new Map(
    Object.entries(values).map(([from, to]) => {
      const place = [...path, from];
      if (from.trim() === '') {
        yaml.complain(place, 'values replace texts; for an empty cell there is default.');
      }
      return [from.trim(), to === null ? null : readText(yaml, place)];
    }),
  );
}

function readText(yaml: MappingText, path: Path): string | null {
  return yaml.written(path).trim() || null;
}
