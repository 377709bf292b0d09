/**
 * The GraphQL types of one department, made from its definitions: enums of its metrics and
 * dimensions, its arguments and its three answers. A new metric needs no line here.
 */
import { ArgsType, Field, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { CodedError } from '../../contracts/errors.js';
import type {
  Answer,
  Breakdown,
  MetricValue,
  Series,
  Summary,
  Unit,
} from '../../contracts/metric-contract.js';
import { dimensionIds, type Department } from './definition.js';
import {
  AnswerMetaType,
  ComparisonEnum,
  enumOf,
  GranularityEnum,
  MetricScalar,
  UnitEnum,
} from './graphql-types.js';
import type { Comparison, Granularity } from './range.js';
import type { MetricArguments } from './request.js';

const nullable = { nullable: true } as const;
export const META = 'What the answer says of its numbers.';

export function departmentEnums(name: string, department: Department) {
  const metric = enumOf(department.metrics.map(({ id }) => id));
  const descriptions = department.metrics.map(
    ({ id, formula }) => [id.toUpperCase(), { description: formula }] as const,
  );
  registerEnumType(metric, {
    name: `${name}Metric`,
    description: `The metrics of ${department.id}.`,
    valuesMap: Object.fromEntries(descriptions),
  });
  const dimension = enumOf(dimensionIds(department));
  registerEnumType(dimension, {
    name: `${name}Dimension`,
    description: `What the metrics of ${department.id} can be split and filtered by.`,
    valuesMap: Object.fromEntries(
      department.surfaces
        .flatMap(({ dimensions }) => dimensions)
        .map(({ id, label }) => [id.toUpperCase(), { description: label }] as const),
    ),
  });
  return { metric, dimension };
}

type Enums = ReturnType<typeof departmentEnums>;

export function departmentArguments(name: string, { metric, dimension }: Enums) {
  @InputType(`${name}Filter`, { description: 'Keeps what has one of the values.' })
  class Filter {
    @Field(() => dimension, { description: 'What is filtered by.' })
    dimension!: string;

    @Field(() => [String], { description: 'Keys as in a breakdown, 1 to 100.' })
    values!: string[];
  }

  @ArgsType()
  class RangeArgs {
    @Field(() => String, { ...nullable, description: 'Date or instant, inclusive.' })
    from?: string;

    @Field(() => String, { ...nullable, description: 'Date or instant, exclusive.' })
    to?: string;

    @Field(() => String, { ...nullable, description: 'IANA timezone.' })
    timezone?: string;

    @Field(() => String, { ...nullable, description: 'ISO 4217 code.' })
    currency?: string;
  }

  @ArgsType()
  class FilteredArgs extends RangeArgs {
    @Field(() => [Filter], { ...nullable, description: 'All of them must hold.' })
    filter?: Filter[];
  }

  @ArgsType()
  class MetricArgs extends FilteredArgs {
    @Field(() => [metric], { ...nullable, description: 'Left out: the standard set.' })
    metrics?: string[];
  }

  @ArgsType()
  class SummaryArgs extends MetricArgs {
    @Field(() => ComparisonEnum, {
      defaultValue: 'previous',
      description: 'What the change is measured against.',
    })
    compare!: Comparison;
  }

  @ArgsType()
  class SeriesArgs extends MetricArgs {
    @Field(() => GranularityEnum, { defaultValue: 'day', description: 'Length of a bucket.' })
    granularity!: Granularity;
  }

  @ArgsType()
  class BreakdownArgs extends MetricArgs {
    @Field(() => dimension, { description: 'What the rows are split by.' })
    by!: string;

    @Field(() => Int, { defaultValue: 50, description: '1 to 1,000.' })
    limit!: number;

    @Field(() => String, { ...nullable, description: 'The cursor of the page before.' })
    cursor?: string;
  }

  @ArgsType()
  class ListArgs extends RangeArgs {
    @Field(() => Int, { defaultValue: 10, description: '1 to 1,000.' })
    limit!: number;
  }

  return { RangeArgs, FilteredArgs, SummaryArgs, SeriesArgs, BreakdownArgs, ListArgs };
}

export function departmentAnswers(name: string, { metric }: Enums) {
  @ObjectType(`${name}Value`, { description: 'One metric in one place.' })
  class Value {
    @Field(() => metric, { description: 'Which metric it is.' })
    metric!: string;

    @Field(() => MetricScalar, { ...nullable, description: 'Null where it is undefined.' })
    value!: MetricValue;
  }

  @ObjectType(`${name}SummaryValue`, { description: 'One metric of the range and its change.' })
  class SummaryMetric extends Value {
    @Field(() => UnitEnum, { description: 'What the value counts.' })
    unit!: Unit;

    @Field(() => MetricScalar, { ...nullable, description: 'Its value in the range compared.' })
    previous!: MetricValue;

    @Field(() => Number, { ...nullable, description: '(value − previous) / previous.' })
    change!: number | null;
  }

  @ObjectType(`${name}Point`, { description: 'One bucket of time.' })
  class Point {
    @Field(() => String, { description: 'Start of the bucket.' })
    at!: string;

    @Field(() => [Value], { description: 'One for each metric asked for.' })
    values!: Value[];
  }

  @ObjectType(`${name}Row`, { description: 'One value of the dimension.' })
  class Row {
    @Field(() => String, { description: 'By which it can be filtered.' })
    key!: string;

    @Field(() => String, { description: 'Its name for people.' })
    label!: string;

    @Field(() => [Value], { description: 'One for each metric asked for.' })
    values!: Value[];
  }

  @ObjectType(`${name}Summary`, { description: 'Metrics of a range.' })
  class SummaryAnswer {
    @Field(() => [SummaryMetric], { description: 'One for each metric asked for.' })
    data!: SummaryMetric[];

    @Field(() => AnswerMetaType, { description: META })
    meta!: AnswerMetaType;
  }

  @ObjectType(`${name}Series`, { description: 'Metrics over time.' })
  class SeriesAnswer {
    @Field(() => [Point], { description: 'In order of time, none left out.' })
    points!: Point[];

    @Field(() => AnswerMetaType, { description: META })
    meta!: AnswerMetaType;
  }

  @ObjectType(`${name}Breakdown`, { description: 'Metrics by a dimension.' })
  class BreakdownAnswer {
    @Field(() => [Row], { description: 'Largest first metric first.' })
    rows!: Row[];

    @Field(() => String, { ...nullable, description: 'For the next page; null at the end.' })
    cursor!: string | null;

    @Field(() => AnswerMetaType, { description: META })
    meta!: AnswerMetaType;
  }

  return { SummaryAnswer, SeriesAnswer, BreakdownAnswer };
}

interface GivenArguments {
  metrics?: string[] | null;
  filter?: { dimension: string; values: string[] }[] | null;
}

/** GraphQL's null is the services' undefined; its list of filters is their object. */
export function fromGraphql<T extends object>(
  args: T & GivenArguments,
): Omit<T, 'filter' | 'metrics'> & MetricArguments {
  const { filter, ...rest } = args;
  const given = Object.entries(rest).filter(([, value]) => value !== null && value !== undefined);
  const filters = (filter ?? []).map(({ dimension, values }) => [dimension, values] as const);
  const dimensions = new Set(filters.map(([dimension]) => dimension));
  if (dimensions.size < filters.length) {
    throw new CodedError('invalid_parameter', 'Two filters name the same dimension.');
  }
  return {
    ...Object.fromEntries(given),
    ...(filters.length > 0 ? { filter: Object.fromEntries(filters) } : {}),
  } as unknown as Omit<T, 'filter' | 'metrics'> & MetricArguments;
}

/** The metric contract in GraphQL's shape. */
export function toMeta({ meta }: Answer<unknown>): AnswerMetaType {
  const { definitionVersion, formula, ...rest } = meta;
  const definitions = Object.entries(definitionVersion).map(([metric, version]) => ({
    metric,
    version,
    formula: formula[metric] ?? '',
  }));
  return { ...rest, definitions };
}

type Values = Record<string, MetricValue>;

const toValues = (values: Values) =>
  Object.entries(values).map(([metric, value]) => ({ metric, value }));

/** Of a department's own rows. */
export function toRowsAnswer<Row>(answer: Answer<{ rows: Row[] }>) {
  return { rows: answer.data.rows, meta: toMeta(answer) };
}

export function toSummaryAnswer(answer: Answer<Summary>) {
  const data = Object.entries(answer.data).map(([metric, value]) => ({ metric, ...value }));
  return { data, meta: toMeta(answer) };
}

export function toSeriesAnswer(answer: Answer<Series>) {
  const points = answer.data.points.map(({ at, ...values }) => ({
    at,
    values: toValues(values as Values),
  }));
  return { points, meta: toMeta(answer) };
}

export function toBreakdownAnswer(answer: Answer<Breakdown>) {
  const rows = answer.data.rows.map(({ key, label, ...values }) => ({
    key,
    label,
    values: toValues(values as Values),
  }));
  return { rows, cursor: answer.data.cursor, meta: toMeta(answer) };
}
