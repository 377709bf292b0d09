/** The JSON Schema that every model's `.yml` satisfies. */
const names = { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 };
const text = { type: 'string', minLength: 1 };
const severity = { enum: ['row', 'error', 'warn'] };

const check = (type: string, required: string[], properties: object) => ({
  type: 'object',
  required: ['type', ...required],
  additionalProperties: false,
  properties: { type: { const: type }, severity, ...properties },
});

export const MODEL_CONTRACT_SCHEMA = {
  type: 'object',
  required: ['description', 'grain', 'kind', 'owner', 'columns'],
  additionalProperties: false,
  properties: {
    description: text,
    grain: text,
    kind: { enum: ['append', 'upsert', 'scd2', 'partition', 'full', 'view'] },
    schedule: { enum: ['streaming', 'minutely', 'hourly', 'daily'] },
    owner: text,
    compute: { type: 'string', pattern: '^science/[a-z-]+$' },
    key: names,
    recompute_by: names,
    recompute_within: text,
    keys_per_pass: { type: 'integer', minimum: 1 },
    time_column: text,
    until_column: text,
    partition_by: { enum: ['day', 'month', 'none'] },
    order_by: names,
    indexes: names,
    increments: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['from'],
        additionalProperties: false,
        properties: { from: text, keys: text },
      },
    },
    dedup: {
      type: 'object',
      required: ['date', 'dated_when', 'window_days', 'first_by'],
      additionalProperties: false,
      properties: {
        date: text,
        dated_when: text,
        window_days: { type: 'integer', minimum: 0 },
        first_by: names,
      },
    },
    columns: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['name', 'type', 'description'],
        additionalProperties: false,
        properties: {
          name: { type: 'string', pattern: '^[a-z][a-z0-9_]*$' },
          type: text,
          description: text,
          pii: { enum: ['none', 'pseudonymous'] },
        },
      },
    },
    checks: {
      type: 'array',
      items: {
        oneOf: [
          check('not_null', ['columns'], { columns: names }),
          check('unique', ['columns'], { columns: names }),
          check('accepted_values', ['column', 'values'], { column: text, values: names }),
          check('range', ['column'], {
            column: text,
            min: { type: 'number' },
            max: { type: 'number' },
          }),
          check('sql', ['name', 'description', 'sql'], {
            name: text,
            description: text,
            sql: text,
          }),
        ],
      },
    },
  },
  allOf: [
    {
      if: { properties: { kind: { const: 'view' } } },
      else: { required: ['schedule', 'key', 'partition_by', 'order_by'] },
    },
    {
      if: { properties: { kind: { const: 'append' } } },
      then: { required: ['increments', 'dedup', 'time_column'] },
    },
    {
      if: { properties: { kind: { enum: ['upsert', 'scd2'] } } },
      then: { required: ['increments'] },
    },
    {
      if: { properties: { kind: { const: 'partition' } } },
      then: { required: ['time_column'] },
    },
  ],
};
