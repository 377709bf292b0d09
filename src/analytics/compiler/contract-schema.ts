/** The JSON Schema that every model's `.yml` satisfies. */
const names = { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 };
const text = { type: 'string', minLength: 1 };
const severity = { enum: ['row', 'error', 'warn'] };

/** A check of a whole sets no single row aside. */
const wholeCheck = (type: string, required: string[], properties: object) => {
  const made = check(type, required, properties);
  return { ...made, properties: { ...made.properties, severity: { enum: ['error', 'warn'] } } };
};

function check(type: string, required: string[], properties: object) {
  return {
    type: 'object',
    required: ['type', ...required],
    additionalProperties: false,
    properties: {
      type: { const: type },
      severity,
      when: { enum: ['publish', 'report'] },
      ...properties,
    },
  };
}

const share = { type: 'number', minimum: 0, maximum: 1 };
const tolerance = share;

const CHECKS = {
  type: 'array',
  items: {
    oneOf: [
      check('not_null', ['columns'], { columns: names, tolerance }),
      check('unique', ['columns'], { columns: names, tolerance }),
      check('accepted_values', ['column', 'values'], { column: text, values: names, tolerance }),
      check('range', ['column'], {
        column: text,
        min: { type: 'number' },
        max: { type: 'number' },
        tolerance,
      }),
      check('regex', ['column', 'pattern'], { column: text, pattern: text, tolerance }),
      check('relationship', ['column', 'to', 'field'], {
        column: text,
        to: text,
        field: text,
        tolerance,
      }),
      wholeCheck('completeness', ['columns', 'min'], { columns: names, min: share }),
      wholeCheck('freshness', ['column', 'max_age_seconds'], {
        column: text,
        max_age_seconds: { type: 'integer', minimum: 1 },
      }),
      wholeCheck('row_count_change', [], {
        max_drop: share,
        max_growth: { type: 'number', minimum: 0 },
        from_rows: { type: 'integer', minimum: 0 },
      }),
      wholeCheck('sum_equals', ['name', 'sum', 'of'], {
        name: text,
        sum: text,
        of: text,
        of_sum: text,
        time_column: text,
        of_time_column: text,
        tolerance,
      }),
      check('sql', ['name', 'description', 'sql'], {
        name: text,
        description: text,
        sql: text,
        tolerance,
      }),
    ],
  },
};

/** Sources say of their bookkeeping columns as well, whose names a model must not take. */
const columns = (pattern: string) => ({
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['name', 'type', 'description'],
    additionalProperties: false,
    properties: {
      name: { type: 'string', pattern },
      type: text,
      description: text,
      pii: { enum: ['none', 'pseudonymous'] },
    },
  },
});

/** The JSON Schema of what `_sources.yml` declares. */
export const SOURCES_SCHEMA = {
  type: 'object',
  required: ['sources'],
  additionalProperties: false,
  properties: {
    sources: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'description', 'freshness_seconds'],
        additionalProperties: false,
        properties: {
          name: text,
          description: text,
          freshness_seconds: { type: 'integer', minimum: 1 },
          grain: text,
          owner: text,
          time_column: text,
          columns: columns('^_?[a-z][a-z0-9_]*$'),
          checks: CHECKS,
        },
      },
    },
  },
};

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
    columns: columns('^[a-z][a-z0-9_]*$'),
    checks: CHECKS,
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
