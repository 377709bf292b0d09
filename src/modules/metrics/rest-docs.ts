/** What every department's REST views declare: their documentation, and CSV beside JSON. */
import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { CsvInterceptor } from './csv.interceptor.js';
import { dimensionIds, type Department } from './definition.js';
import { COMPARISONS, GRANULARITIES } from './range.js';
import { FORMATS, type ParameterName } from './rest-query.js';

type Describe = (department: Department) => Parameters<typeof ApiQuery>[0];

const optional = { required: false } as const;

const PARAMETERS: Record<Exclude<ParameterName, 'filter'>, Describe> = {
  from: () => ({
    ...optional,
    name: 'from',
    description:
      'First date (in the timezone) or instant, inclusive. Default: 30 days before `to`.',
    example: '2026-01-01',
  }),
  to: () => ({
    ...optional,
    name: 'to',
    description: 'Date or instant, exclusive. Default: the end of today.',
    example: '2026-02-01',
  }),
  timezone: () => ({ ...optional, name: 'timezone', description: 'IANA timezone.' }),
  currency: () => ({ ...optional, name: 'currency', description: 'ISO 4217 code.' }),
  metrics: (department) => ({
    ...optional,
    name: 'metrics',
    description:
      `Metric ids, separated by commas: ${department.metrics.map(({ id }) => id).join(', ')}. ` +
      `Default: ${department.standardMetrics.join(', ')}.`,
  }),
  compare: () => ({
    ...optional,
    name: 'compare',
    enum: COMPARISONS,
    description: 'What the change is measured against. Default: previous.',
  }),
  granularity: () => ({
    ...optional,
    name: 'granularity',
    enum: GRANULARITIES,
    description: 'Length of a bucket in the timezone. Default: day.',
  }),
  by: (department) => ({ name: 'by', enum: dimensionIds(department), description: 'Dimension.' }),
  limit: () => ({ ...optional, name: 'limit', type: Number, description: '1 to 1,000 rows.' }),
  cursor: () => ({ ...optional, name: 'cursor', description: 'The `cursor` of the page before.' }),
};

const RANGE = ['from', 'to', 'timezone', 'currency'] as const;

/**
 * Documents one view: its purpose, its parameters and the answer with its metric contract. The view
 * answers as CSV too, which the controller need not know.
 */
export function MetricView(
  department: Department,
  summary: string,
  parameters: readonly ParameterName[],
): MethodDecorator {
  const own = parameters.filter((name) => name !== 'filter');
  const names = [...RANGE, ...own];
  const filters = parameters.some((name) => name === 'metrics' || name === 'filter')
    ? dimensionIds(department).map((id) =>
        ApiQuery({
          ...optional,
          name: `filter[${id}]`,
          description: 'Values, separated by commas.',
        }),
      )
    : [];
  return applyDecorators(
    ApiBearerAuth(),
    ApiOperation({ summary, description: `Needs the scope ${department.scope}.` }),
    ...names.map((name) => ApiQuery(PARAMETERS[name](department))),
    ...filters,
    ApiQuery({
      ...optional,
      name: 'format',
      enum: FORMATS,
      description: 'Default: csv with `Accept: text/csv`, else json.',
    }),
    ApiOkResponse(ANSWER),
    UseInterceptors(CsvInterceptor),
  );
}

const ANSWER: Parameters<typeof ApiOkResponse>[0] = {
  description: '`{"data": …, "meta": …}`, or its data as a table.',
  content: {
    'application/json': { schema: { $ref: '#/components/schemas/Answer' } },
    'text/csv': {
      schema: { type: 'string' },
      example: 'key,label,gross_sales,units\r\np1,Mug,50.00,4\r\n',
    },
  },
  headers: {
    'x-cartograph-meta': {
      description: 'With CSV: `meta` as one line of JSON, without `formula`.',
      schema: { type: 'string' },
    },
    link: {
      description: 'With CSV: the next page, `rel="next"`; absent at the end.',
      schema: { type: 'string' },
    },
  },
};
