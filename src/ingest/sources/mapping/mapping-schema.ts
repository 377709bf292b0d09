/** The JSON Schema that every mapping satisfies; what entities allow is checked after it. */
const MAX_TEXT = 1000;

const text = { type: 'string', minLength: 1, maxLength: MAX_TEXT };
const anyText = { type: 'string', maxLength: MAX_TEXT };
/** Numbers and booleans are taken as written. */
const scalar = { type: ['string', 'number', 'boolean'] };
const flag = { type: 'boolean' };
const number = { type: 'number' };

const list = (items: object, minItems: number, maxItems: number) => ({
  type: 'array',
  items,
  minItems,
  maxItems,
});

const keys = (properties: object, required: string[] = []) => ({
  additionalProperties: false,
  required,
  properties,
});

const object = (properties: object, required: string[] = []) => ({
  type: 'object',
  minProperties: 1,
  ...keys(properties, required),
});

const namesTo = (values: object, maxProperties: number) => ({
  type: 'object',
  minProperties: 1,
  maxProperties,
  additionalProperties: values,
});

const condition = object({
  equals: scalar,
  not_equals: scalar,
  in: list(scalar, 1, 10_000),
  empty: flag,
  matches: text,
  above: number,
  below: number,
  at_least: number,
  at_most: number,
  decimal_comma: flag,
});

const conditions = namesTo(condition, 100);

const field = {
  type: ['string', 'object'],
  minLength: 1,
  maxLength: MAX_TEXT,
  minProperties: 1,
  ...keys({
    column: text,
    constant: { ...scalar, minLength: 1 },
    multiply: list({ type: ['string', 'number'], minLength: 1, maxLength: MAX_TEXT }, 2, 10),
    join: list(text, 2, 20),
    first_of: list(text, 2, 20),
    separator: anyText,
    type: {
      enum: [
        'id',
        'text',
        'decimal',
        'rate',
        'integer',
        'timestamp',
        'date',
        'boolean',
        'currency',
        'country',
        'status',
      ],
    },
    values: namesTo({ type: ['string', 'number', 'boolean', 'null'] }, 10_000),
    default: { ...scalar, minLength: 1 },
    prefix: text,
    format: text,
    timezone: text,
    decimal_comma: flag,
    negate: flag,
    round: { type: 'integer', minimum: 0, maximum: 6 },
  }),
};

const idPart = {
  type: ['string', 'object'],
  minLength: 1,
  minProperties: 1,
  maxProperties: 1,
  ...keys({ column: text, ordinal_of: text, constant: { ...scalar, minLength: 1 } }),
};

const row = object({
  when: {
    type: ['object', 'array'],
    minProperties: 1,
    additionalProperties: condition,
    items: conditions,
    minItems: 1,
    maxItems: 100,
  },
  ignore: text,
  entity: text,
  id: list(idPart, 1, 10),
  fields: namesTo(field, 500),
});

const rows = list(row, 1, 100);

export const MAPPING_SCHEMA = object(
  {
    source: {
      type: 'string',
      pattern: '^[a-z0-9][a-z0-9_-]{0,99}$',
      description: 'at most 100 of a-z, 0-9, _ and -, the first a letter or a digit',
    },
    timezone: text,
    ambiguous_times: { enum: ['reject', 'earlier', 'later'] },
    currency: text,
    decimal_comma: flag,
    empty_values: list(text, 1, 100),
    file: object({
      format: { enum: ['csv', 'ndjson', 'json'] },
      delimiter: {
        type: 'string',
        pattern: '^(?:.|\\\\t)$',
        description: 'one character or "\\t"',
      },
      encoding: text,
      quote: { type: 'string', pattern: '^.?$', description: 'one character, or empty' },
    }),
    rows,
    tables: list(
      object(
        {
          table: {
            type: 'string',
            pattern: '^[^.]{1,63}(?:\\.[^.]{1,63})?$',
            description: 'schema.table or table',
          },
          key: text,
          changed_at: text,
          rows,
        },
        ['table', 'key', 'rows'],
      ),
      1,
      100,
    ),
  },
  ['source'],
);
