/** OpenAPI decorators that every department's REST views share. */
import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { dimensionIds, type Department } from './definition.js';
import { COMPARISONS, GRANULARITIES } from './range.js';
import type { ParameterName } from './rest-query.js';

type Describe = (department: Department) => Parameters<typeof ApiQuery>[0];

const optional = { required: false } as const;

const PARAMETERS: Record<ParameterName, Describe> = {
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

/** Documents one view: its purpose, its parameters and the answer with its metric contract. */
export function MetricView(
  department: Department,
  summary: string,
  parameters: readonly ParameterName[],
): MethodDecorator {
  const names: ParameterName[] = ['from', 'to', 'timezone', 'currency', ...parameters];
  const filters = parameters.includes('metrics')
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
    ApiOkResponse({ description: '`{"data": …, "meta": …}`', schema: { $ref: ANSWER } }),
  );
}

const ANSWER = '#/components/schemas/Answer';
