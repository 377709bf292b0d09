/** The GraphQL types of journeys. */
import {
  ArgsType,
  Field,
  Float,
  InputType,
  Int,
  ObjectType,
  registerEnumType,
} from '@nestjs/graphql';
import type { MetricValue } from '../../../contracts/metric-contract.js';
import {
  AnswerMetaType,
  enumOf,
  GranularityEnum,
  MetricScalar,
} from '../../metrics/graphql-types.js';
import type { Granularity } from '../../metrics/range.js';
import {
  ACTIVITIES,
  COHORTS,
  ORDERS,
  type Activity,
  type Cohort,
  type StepOrder,
} from '../journey-arguments.js';
import { BehaviourArguments, BehaviourEnums } from './behaviour.types.js';

const nullable = { nullable: true } as const;

const StepOrderEnum = enumOf(ORDERS);
registerEnumType(StepOrderEnum, {
  name: 'StepOrder',
  description: 'STRICT: no event of another step comes between.',
});
const CohortEnum = enumOf(COHORTS);
registerEnumType(CohortEnum, { name: 'Cohort', description: 'What makes a member of a cohort.' });
const ActivityEnum = enumOf(ACTIVITIES);
registerEnumType(ActivityEnum, { name: 'Activity', description: 'What counts as coming back.' });

@InputType({ description: 'Keeps events whose property has one of the values.' })
export class StepProperty {
  @Field(() => String)
  property!: string;

  @Field(() => [String])
  values!: string[];
}

@InputType({ description: 'A step of a funnel: an event by its name, or `page`.' })
export class StepInput {
  @Field(() => String)
  event!: string;

  @Field(() => [StepProperty], nullable)
  where?: StepProperty[];
}

@ArgsType()
export class FunnelArgs extends BehaviourArguments.FilteredArgs {
  @Field(() => [StepInput], { description: 'Two to ten, in their order.' })
  steps!: StepInput[];

  @Field(() => String, { defaultValue: '7d', description: 'Such as 30m, 24h or 7d; at most 90d.' })
  window!: string;

  @Field(() => StepOrderEnum, { defaultValue: 'loose' })
  order!: StepOrder;

  @Field(() => BehaviourEnums.dimension, {
    ...nullable,
    description: 'Of the session in which the funnel was entered.',
  })
  by?: string;

  @Field(() => Int, { defaultValue: 10, description: '1 to 1,000.' })
  limit!: number;
}

@ArgsType()
export class PathArgs extends BehaviourArguments.FilteredArgs {
  @Field(() => Int, { defaultValue: 3, description: 'Pages of the session, 1 to 10.' })
  length!: number;

  @Field(() => Int, { defaultValue: 10, description: '1 to 1,000.' })
  limit!: number;
}

@ArgsType()
export class NextPageArgs extends BehaviourArguments.FilteredArgs {
  @Field(() => String, { description: 'The path of the page.' })
  page!: string;

  @Field(() => Int, { defaultValue: 10, description: '1 to 1,000.' })
  limit!: number;
}

@ArgsType()
export class RetentionArgs extends BehaviourArguments.FilteredArgs {
  @Field(() => CohortEnum, { defaultValue: 'first_visit' })
  cohort!: Cohort;

  @Field(() => ActivityEnum, { defaultValue: 'visits' })
  activity!: Activity;

  @Field(() => GranularityEnum, { defaultValue: 'week', description: 'DAY, WEEK or MONTH.' })
  granularity!: Granularity;

  @Field(() => Int, { defaultValue: 12, description: '1 to 100.' })
  periods!: number;
}

@ObjectType()
export class FunnelStepReached {
  @Field(() => Int)
  step!: number;

  @Field(() => String)
  event!: string;

  @Field(() => Int, { description: 'Who came this far.' })
  visitors!: number;

  @Field(() => MetricScalar, { ...nullable, description: 'Of those who entered.' })
  conversionRate!: MetricValue;

  @Field(() => MetricScalar, { ...nullable, description: 'Of those at the step before.' })
  stepConversionRate!: MetricValue;

  @Field(() => Int, { description: 'How many of those at the step before did not come this far.' })
  dropOff!: number;

  @Field(() => Float, { ...nullable, description: 'Median of the seconds since the step before.' })
  medianSeconds!: MetricValue;

  @Field(() => Float, { ...nullable, description: '90th percentile of them.' })
  p90Seconds!: MetricValue;
}

@ObjectType()
export class FunnelRowType {
  @Field(() => String)
  key!: string;

  @Field(() => String)
  label!: string;

  @Field(() => [FunnelStepReached])
  steps!: FunnelStepReached[];
}

@ObjectType()
export class PathRowType {
  @Field(() => String)
  key!: string;

  @Field(() => String)
  label!: string;

  @Field(() => [String])
  pages!: string[];

  @Field(() => Int)
  sessions!: number;

  @Field(() => MetricScalar, { ...nullable, description: 'Of the sessions with a page.' })
  share!: MetricValue;
}

@ObjectType()
export class NextPageRowType {
  @Field(() => String, { description: 'The next page, or exit.' })
  key!: string;

  @Field(() => String)
  label!: string;

  @Field(() => Int)
  views!: number;

  @Field(() => MetricScalar, { ...nullable, description: 'Of the views of the page.' })
  share!: MetricValue;
}

@ObjectType()
export class RetentionPeriodType {
  @Field(() => Int, { description: 'Periods since that of joining.' })
  period!: number;

  @Field(() => Int, { description: 'Distinct members active in it.' })
  members!: number;

  @Field(() => MetricScalar, { ...nullable, description: 'Of the members of the cohort.' })
  rate!: MetricValue;

  @Field(() => MetricScalar, { ...nullable, description: 'Null where visits are asked for.' })
  cumulativeRevenuePerMember!: MetricValue;
}

@ObjectType()
export class RetentionRowType {
  @Field(() => String, { description: 'The day on which the period of joining begins.' })
  key!: string;

  @Field(() => String)
  label!: string;

  @Field(() => Int, { description: 'Distinct members who joined.' })
  size!: number;

  @Field(() => [RetentionPeriodType])
  periods!: RetentionPeriodType[];
}

/** An answer of rows with the metric contract beside it. */
function rowsAnswer<Row extends object>(name: string, row: new () => Row) {
  @ObjectType(name)
  class RowsAnswer {
    @Field(() => [row])
    rows!: Row[];

    @Field(() => AnswerMetaType)
    meta!: AnswerMetaType;
  }
  return RowsAnswer;
}

export const FunnelAnswer = rowsAnswer('Funnel', FunnelRowType);
export const PathsAnswer = rowsAnswer('Paths', PathRowType);
export const NextPagesAnswer = rowsAnswer('NextPages', NextPageRowType);
export const RetentionAnswer = rowsAnswer('Retention', RetentionRowType);
