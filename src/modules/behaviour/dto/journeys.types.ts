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
import { META } from '../../metrics/department-types.js';
import {
  AnswerMetaType,
  describing,
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
  description: 'Whether events of other steps may come between.',
  valuesMap: describing({
    loose: 'Only the order matters.',
    strict: 'No event of another step comes between.',
  }),
});
const CohortEnum = enumOf(COHORTS);
registerEnumType(CohortEnum, {
  name: 'Cohort',
  description: 'What makes a member of a cohort.',
  valuesMap: describing({
    first_visit: 'Visitors by their first session.',
    first_order: 'Customers by their first order.',
    sign_up: 'Customers by Signed Up or Account Created.',
  }),
});
const ActivityEnum = enumOf(ACTIVITIES);
registerEnumType(ActivityEnum, {
  name: 'Activity',
  description: 'What counts as coming back.',
  valuesMap: describing({ visits: 'A session.', orders: 'An order in the currency asked for.' }),
});

@InputType({ description: 'Keeps events whose property has one of the values.' })
export class StepProperty {
  @Field(() => String, { description: 'Its name; `path` of a page.' })
  property!: string;

  @Field(() => [String], { description: '1 to 100.' })
  values!: string[];
}

@InputType({ description: 'A step of a funnel: an event by its name, or `page`.' })
export class StepInput {
  @Field(() => String, { description: 'The name of the event, or `page`.' })
  event!: string;

  @Field(() => [StepProperty], { ...nullable, description: 'All of them must hold.' })
  where?: StepProperty[];
}

@ArgsType()
export class FunnelArgs extends BehaviourArguments.FilteredArgs {
  @Field(() => [StepInput], { description: 'Two to ten, in their order.' })
  steps!: StepInput[];

  @Field(() => String, { defaultValue: '7d', description: 'Such as 30m, 24h or 7d; at most 90d.' })
  window!: string;

  @Field(() => StepOrderEnum, { defaultValue: 'loose', description: 'LOOSE or STRICT.' })
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
  @Field(() => CohortEnum, { defaultValue: 'first_visit', description: 'Who the members are.' })
  cohort!: Cohort;

  @Field(() => ActivityEnum, { defaultValue: 'visits', description: 'What counts as active.' })
  activity!: Activity;

  @Field(() => GranularityEnum, { defaultValue: 'week', description: 'DAY, WEEK or MONTH.' })
  granularity!: Granularity;

  @Field(() => Int, { defaultValue: 12, description: '1 to 100.' })
  periods!: number;
}

@ObjectType({ description: 'How many came to a step.' })
export class FunnelStepReached {
  @Field(() => Int, { description: 'From 1.' })
  step!: number;

  @Field(() => String, { description: 'The event of the step.' })
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

@ObjectType('FunnelRow', {
  description: 'A funnel, of all visitors or of one value of the dimension.',
})
export class FunnelRowType {
  @Field(() => String, { description: 'What the row is of.' })
  key!: string;

  @Field(() => String, { description: 'Its name for people.' })
  label!: string;

  @Field(() => [FunnelStepReached], { description: 'In their order.' })
  steps!: FunnelStepReached[];
}

@ObjectType('PathRow', { description: 'A sequence of pages with which sessions began.' })
export class PathRowType {
  @Field(() => String, { description: 'What the row is of.' })
  key!: string;

  @Field(() => String, { description: 'Its name for people.' })
  label!: string;

  @Field(() => [String], { description: 'Paths in their order.' })
  pages!: string[];

  @Field(() => Int, { description: 'Sessions that began so.' })
  sessions!: number;

  @Field(() => MetricScalar, { ...nullable, description: 'Of the sessions with a page.' })
  share!: MetricValue;
}

@ObjectType('NextPageRow', { description: 'Where views of the page led.' })
export class NextPageRowType {
  @Field(() => String, { description: 'The next page, or exit.' })
  key!: string;

  @Field(() => String, { description: 'Its name for people.' })
  label!: string;

  @Field(() => Int, { description: 'Views of the page that led there.' })
  views!: number;

  @Field(() => MetricScalar, { ...nullable, description: 'Of the views of the page.' })
  share!: MetricValue;
}

@ObjectType('RetentionPeriod', { description: 'A cohort in one period.' })
export class RetentionPeriodType {
  @Field(() => Int, { description: 'Periods since that of joining.' })
  period!: number;

  @Field(() => Int, { description: 'Distinct members active in it.' })
  members!: number;

  @Field(() => MetricScalar, { ...nullable, description: 'Of the members of the cohort.' })
  rate!: MetricValue;

  @Field(() => MetricScalar, {
    ...nullable,
    description: 'Null where visits are asked for, and without the scope sales:read.',
  })
  cumulativeRevenuePerMember!: MetricValue;
}

@ObjectType('RetentionRow', { description: 'Who joined in one period, and who came back.' })
export class RetentionRowType {
  @Field(() => String, { description: 'The day on which the period of joining begins.' })
  key!: string;

  @Field(() => String, { description: 'Its name for people.' })
  label!: string;

  @Field(() => Int, { description: 'Distinct members who joined.' })
  size!: number;

  @Field(() => [RetentionPeriodType], { description: 'From that of joining, none left out.' })
  periods!: RetentionPeriodType[];
}

/** An answer of rows with the metric contract beside it. */
function rowsAnswer<Row extends object>(name: string, description: string, row: new () => Row) {
  @ObjectType(name, { description })
  class RowsAnswer {
    @Field(() => [row], { description: 'Largest first; cohorts in order of time.' })
    rows!: Row[];

    @Field(() => AnswerMetaType, { description: META })
    meta!: AnswerMetaType;
  }
  return RowsAnswer;
}

export const FunnelAnswer = rowsAnswer(
  'Funnel',
  'How far visitors get through steps.',
  FunnelRowType,
);
export const PathsAnswer = rowsAnswer('Paths', 'The pages with which sessions begin.', PathRowType);
export const NextPagesAnswer = rowsAnswer('NextPages', 'Where a page leads.', NextPageRowType);
export const RetentionAnswer = rowsAnswer(
  'Retention',
  'Cohorts and who of them comes back.',
  RetentionRowType,
);
