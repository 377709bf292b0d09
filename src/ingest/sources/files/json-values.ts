/**
 * Values of JSON rows and the cells made of them. A number whose digits must stay as written is
 * kept as raw JSON text. ndjson.ts and json.ts share this.
 */
import type { Cell } from '../rows.js';

/** JSON text that stands for itself. */
export class RawJson {
  constructor(readonly text: string) {}
}

export type RowValue = string | number | boolean | null | RawJson | RowValue[] | RowObject;
export interface RowObject {
  [key: string]: RowValue;
}

export function isRowObject(value: RowValue): value is RowObject {
  return isContainer(value) && !Array.isArray(value);
}

export function isContainer(value: RowValue | undefined): value is RowObject | RowValue[] {
  return typeof value === 'object' && value !== null && !(value instanceof RawJson);
}

/**
 * The value at a dotted path such as `customer.id` or `items.0.sku`. A key that itself holds the
 * dots wins over the object of that name.
 */
export function valueAt(holder: RowObject | RowValue[], path: string): RowValue | undefined {
  if (Object.hasOwn(holder, path)) return memberOf(holder, path);
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const key = path.slice(0, dot);
    const inner = Object.hasOwn(holder, key) ? memberOf(holder, key) : undefined;
    const value = isContainer(inner) ? valueAt(inner, path.slice(dot + 1)) : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}

/** An array has its elements; its length is no value of the row. */
function memberOf(holder: RowObject | RowValue[], key: string): RowValue | undefined {
  if (Array.isArray(holder)) return key === 'length' ? undefined : holder[Number(key)];
  return holder[key];
}

export function cellOf(value: RowValue | undefined): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  return toJson(value);
}

/** JSON without spaces. The readers bound the depth of what they hand to it. */
export function toJson(value: RowValue): string {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.keys(value).map((key) => `${JSON.stringify(key)}:${toJson(value[key]!)}`);
  return `{${members.join(',')}}`;
}
