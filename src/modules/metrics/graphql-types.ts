/** GraphQL shapes that all departments share: the metric contract and the argument enums. */
import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { GraphQLScalarType } from 'graphql';
import type { Completeness, MetricValue, Unit } from '../../contracts/metric-contract.js';
import { COMPARISONS, GRANULARITIES } from './range.js';

/** An enum object whose keys are the ids in upper case and whose values are the ids. */
export function enumOf<T extends string>(ids: readonly T[]): Record<string, T> {
  return Object.fromEntries(ids.map((id) => [id.toUpperCase(), id]));
}

/** Descriptions of an enum's values, by id. */
export function describing(descriptions: Record<string, string>) {
  return Object.fromEntries(
    Object.entries(descriptions).map(([id, description]) => [id.toUpperCase(), { description }]),
  );
}

export const GranularityEnum = enumOf(GRANULARITIES);
registerEnumType(GranularityEnum, {
  name: 'Granularity',
  description: 'Length of a bucket.',
  valuesMap: describing(
    Object.fromEntries(GRANULARITIES.map((unit) => [unit, `A ${unit} in the timezone asked for.`])),
  ),
});

export const ComparisonEnum = enumOf(COMPARISONS);
registerEnumType(ComparisonEnum, {
  name: 'Comparison',
  description: 'What a change is measured against: the range before, the year before, nothing.',
  valuesMap: describing({
    previous: 'The range of the same length before.',
    year: 'The same range a year before.',
    none: 'Nothing.',
  }),
});

const UNITS: readonly Unit[] = ['money', 'count', 'quantity', 'ratio', 'seconds'];
export const UnitEnum = enumOf(UNITS);
registerEnumType(UnitEnum, {
  name: 'Unit',
  description: 'What a value counts.',
  valuesMap: describing({
    money: 'An amount in the currency of the answer.',
    count: 'A whole number.',
    quantity: 'A number that may have decimals.',
    ratio: 'A share or a mean.',
    seconds: 'A duration.',
  }),
});

const COMPLETENESS: readonly Completeness[] = [
  'complete',
  'partial',
  'provisional',
  'unreconciled',
];
export const CompletenessEnum = enumOf(COMPLETENESS);
registerEnumType(CompletenessEnum, {
  name: 'Completeness',
  description:
    'COMPLETE; PARTIAL where something is left out, such as orders in other currencies; ' +
    'PROVISIONAL where identity stitching may still change it; UNRECONCILED.',
  valuesMap: describing({
    complete: 'Nothing is left out.',
    partial: 'Something is left out, such as orders in other currencies.',
    provisional: 'Identity stitching may still change it.',
    unreconciled: 'It differs from the shop database.',
  }),
});

export const ServedFromEnum = enumOf(['cache', 'gold']);
registerEnumType(ServedFromEnum, {
  name: 'ServedFrom',
  description: 'Where the answer came from.',
  valuesMap: describing({ cache: 'An answer given before.', gold: 'The warehouse.' }),
});

export const MetricScalar = new GraphQLScalarType<MetricValue, MetricValue>({
  name: 'MetricValue',
  description: 'A decimal string for money, a number for everything else.',
  serialize: (value) => value as MetricValue,
});

@ObjectType({ description: 'A range of time: `from` inclusive, `to` exclusive, instants in UTC.' })
export class AnswerRange {
  @Field(() => String, { description: 'Inclusive.' })
  from!: string;

  @Field(() => String, { description: 'Exclusive.' })
  to!: string;
}

@ObjectType({ description: 'How a metric of the answer is defined.' })
export class MetricFormula {
  @Field(() => String, { description: 'The metric id.' })
  metric!: string;

  @Field(() => Int, { description: 'Rises when the definition changes.' })
  version!: number;

  @Field(() => String, { description: 'The formula in words.' })
  formula!: string;
}

@ObjectType('AnswerMeta', {
  description: 'The metric contract: what an answer says of its numbers.',
})
export class AnswerMetaType {
  @Field(() => String, { nullable: true, description: 'All acknowledged before this is included.' })
  asOf!: string | null;

  @Field(() => AnswerRange, { description: 'The range asked for.' })
  range!: AnswerRange;

  @Field(() => String, { description: 'In which days begin.' })
  timezone!: string;

  @Field(() => String, { description: 'Currency of all money in the answer.' })
  currency!: string;

  @Field(() => [MetricFormula], { description: 'Of each metric in the answer.' })
  definitions!: MetricFormula[];

  @Field(() => CompletenessEnum, { description: 'What may be missing or change.' })
  completeness!: Completeness;

  @Field(() => [String], { description: 'Ids of metrics that are estimates.' })
  approximate!: string[];

  @Field(() => [String], { description: 'Models that failed a check; their last version serves.' })
  held!: string[];

  @Field(() => ServedFromEnum, { description: 'Where the answer came from.' })
  servedFrom!: 'cache' | 'gold';
}
