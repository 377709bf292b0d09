/** GraphQL shapes that all departments share: the metric contract and the argument enums. */
import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { GraphQLScalarType } from 'graphql';
import type { Completeness, MetricValue, Unit } from '../../contracts/metric-contract.js';
import { COMPARISONS, GRANULARITIES } from './range.js';

/** An enum object whose keys are the ids in upper case and whose values are the ids. */
export function enumOf<T extends string>(ids: readonly T[]): Record<string, T> {
  return Object.fromEntries(ids.map((id) => [id.toUpperCase(), id]));
}

export const GranularityEnum = enumOf(GRANULARITIES);
registerEnumType(GranularityEnum, { name: 'Granularity', description: 'Length of a bucket.' });

export const ComparisonEnum = enumOf(COMPARISONS);
registerEnumType(ComparisonEnum, {
  name: 'Comparison',
  description: 'What a change is measured against: the range before, the year before, nothing.',
});

const UNITS: readonly Unit[] = ['money', 'count', 'quantity', 'ratio', 'seconds'];
export const UnitEnum = enumOf(UNITS);
registerEnumType(UnitEnum, { name: 'Unit', description: 'What a value counts.' });

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
});

export const ServedFromEnum = enumOf(['cache', 'gold']);
registerEnumType(ServedFromEnum, {
  name: 'ServedFrom',
  description: 'Where the answer came from.',
});

export const MetricScalar = new GraphQLScalarType<MetricValue, MetricValue>({
  name: 'MetricValue',
  description: 'A decimal string for money, a number for everything else.',
  serialize: (value) => value as MetricValue,
});

@ObjectType({ description: 'A range of time: `from` inclusive, `to` exclusive, instants in UTC.' })
export class AnswerRange {
  @Field(() => String)
  from!: string;

  @Field(() => String)
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

  @Field(() => AnswerRange)
  range!: AnswerRange;

  @Field(() => String)
  timezone!: string;

  @Field(() => String, { description: 'Currency of all money in the answer.' })
  currency!: string;

  @Field(() => [MetricFormula])
  definitions!: MetricFormula[];

  @Field(() => CompletenessEnum)
  completeness!: Completeness;

  @Field(() => [String], { description: 'Ids of metrics that are estimates.' })
  approximate!: string[];

  @Field(() => [String], { description: 'Models that failed a check; their last version serves.' })
  held!: string[];

  @Field(() => ServedFromEnum)
  servedFrom!: 'cache' | 'gold';
}
