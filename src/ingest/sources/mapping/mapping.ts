/**
 * Reads a mapping: YAML that says how the rows of a file or of database tables become canonical
 * records. Every mistake that shows without a source is found here, with its line. Pure.
 */
import { currencyOf } from './convert.js';
import { readColumn } from './mapping-names.js';
import { readRows, type YamlRow } from './mapping-rows.js';
import { invalidMapping, MappingText } from './mapping-text.js';
import { ruleProblems } from './rule-check.js';
import type { AmbiguousTimes, FileOptions, Mapping, RowRule, TableRule } from './rules.js';
import { complainOfShape } from './shape.js';
import { isTimezone } from './zones.js';

export type { ColumnUse, FileOptions, Mapping, RowRule, TableRule } from './rules.js';

/** The YAML once its shape is checked. */
interface Yaml {
  source: string;
  timezone?: string;
  ambiguous_times?: AmbiguousTimes;
  currency?: string;
  decimal_comma?: boolean;
  empty_values?: string[];
  file?: FileOptions;
  rows?: YamlRow[];
  tables?: YamlTable[];
}

interface YamlTable {
  table: string;
  key: string;
  changed_at?: string;
  rows: YamlRow[];
}

/**
 * Throws `invalid_mapping`; its detail has a line `name:line:column: what is wrong` for each of the
 * first ten mistakes. `name` is what the caller calls the text, such as its file name.
 */
export function parseMapping(text: string, name: string): Mapping {
  const yaml = new MappingText(text, name);
  complainOfShape(yaml);
  yaml.throwProblems();
  const mapping = read(yaml, name);
  yaml.throwProblems();
  refuseWrongRules(mapping);
  return mapping;
}

function read(yaml: MappingText, name: string): Mapping {
  const data = yaml.data as Yaml;
  if (!data.rows === !data.tables) {
    yaml.complain([], 'a mapping has either rows, for a file, or tables, for a database.');
  }
  if (data.tables && data.file) yaml.complain(['file'], 'file goes with rows, not with tables.');
  if (data.timezone !== undefined && !isTimezone(data.timezone)) {
    const words = `${data.timezone} is no IANA timezone such as Europe/Vienna.`;
    yaml.complain(['timezone'], words, 'value');
  }
  return {
    name,
    source: data.source,
    timezone: data.timezone ?? 'UTC',
    ambiguousTimes: data.ambiguous_times ?? 'reject',
    currency: data.currency === undefined ? null : readCurrency(yaml, data.currency),
    decimalComma: data.decimal_comma ?? false,
    emptyValues: data.empty_values?.map((value) => value.trim()) ?? [],
    file: data.file ? readFile(yaml, data.file) : {},
    rows: data.rows ? readRows(yaml, ['rows'], data.rows, null) : null,
    tables: data.tables?.map((table, index) => readTable(yaml, table, index)) ?? null,
  };
}

function readCurrency(yaml: MappingText, text: string): string | null {
  const currency = currencyOf(text);
  if (currency) return currency;
  yaml.complain(['currency'], `${text} is not a currency of ISO 4217.`, 'value');
  return null;
}

function readFile(yaml: MappingText, options: FileOptions): FileOptions {
  const delimiter = options.delimiter === '\\t' ? '\t' : options.delimiter;
  const { encoding, quote } = options;
  if (encoding !== undefined && !isEncoding(encoding)) {
    const words = `${encoding} is no known encoding; utf-8 and windows-1252 are examples.`;
    yaml.complain(['file', 'encoding'], words, 'value');
  }
  if (delimiter !== undefined && delimiter === (quote ?? '"')) {
    yaml.complain(['file', 'delimiter'], 'delimiter and quote are the same character.', 'value');
  }
  return { ...options, ...(delimiter === undefined ? {} : { delimiter }) };
}

function isEncoding(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== '';
  } catch {
    return false;
  }
}

function readTable(yaml: MappingText, data: YamlTable, index: number): TableRule {
  const path = ['tables', index];
  const key = readColumn(yaml, [...path, 'key'], data.key);
  const changedAt =
    data.changed_at === undefined
      ? null
      : readColumn(yaml, [...path, 'changed_at'], data.changed_at).column;
  return {
    at: yaml.at(path),
    table: data.table,
    key: key.column,
    changedAt,
    rows: readRows(yaml, [...path, 'rows'], data.rows, key),
  };
}

/** What only the entity decides; of branches without one, it is checked when they are compiled. */
function refuseWrongRules(mapping: Mapping): void {
  const rules: RowRule[] = mapping.rows ?? mapping.tables?.flatMap(({ rows }) => rows) ?? [];
  const problems = rules.flatMap((rule) =>
    rule.entity === null ? [] : ruleProblems(mapping, rule, rule.entity),
  );
  if (problems.length > 0) throw invalidMapping(problems);
}
