/** The GraphQL types of the department's own views. */
import { ArgsType, Field, Float, Int, ObjectType } from '@nestjs/graphql';
import type { MetricValue } from '../../../contracts/metric-contract.js';
import { META } from '../../metrics/department-types.js';
import { AnswerMetaType, GranularityEnum, MetricScalar } from '../../metrics/graphql-types.js';
import type { Granularity } from '../../metrics/range.js';
import { CustomersArguments } from './customers.types.js';

const nullable = { nullable: true } as const;

@ArgsType()
export class MovementArgs {
  @Field(() => String, { ...nullable, description: 'Date or instant, inclusive.' })
  from?: string;

  @Field(() => String, { ...nullable, description: 'Date or instant, exclusive.' })
  to?: string;

  @Field(() => String, { ...nullable, description: 'IANA timezone.' })
  timezone?: string;

  @Field(() => GranularityEnum, { defaultValue: 'month', description: 'MONTH, WEEK or DAY.' })
  granularity!: Granularity;
}

@ArgsType()
export class CohortArgs extends CustomersArguments.RangeArgs {
  @Field(() => GranularityEnum, { defaultValue: 'month', description: 'MONTH, WEEK or DAY.' })
  granularity!: Granularity;

  @Field(() => Int, { defaultValue: 12, description: '1 to 100.' })
  periods!: number;
}

@ObjectType('TopCustomer', { description: 'A customer by what his orders brought.' })
export class TopCustomerType {
  @Field(() => String, { description: 'The pseudonymous id.' })
  key!: string;

  @Field(() => String, { description: 'The same.' })
  label!: string;

  @Field(() => MetricScalar, { ...nullable, description: 'Revenue less what was given back.' })
  customerNetRevenue!: MetricValue;

  @Field(() => MetricScalar, { ...nullable, description: 'Gross − discounts.' })
  customerRevenue!: MetricValue;

  @Field(() => MetricScalar, { ...nullable, description: 'Given back of it so far.' })
  customerRefunds!: MetricValue;

  @Field(() => Int, { description: 'Orders in the range.' })
  customerOrders!: number;

  @Field(() => String, { description: 'When the last of them was placed.' })
  lastOrderAt!: string;

  @Field(() => String, { ...nullable, description: 'RFM segment of today.' })
  segment!: string | null;

  @Field(() => Float, { ...nullable, description: 'Probability that the customer still buys.' })
  pAlive!: MetricValue;

  @Field(() => MetricScalar, { ...nullable, description: 'Lifetime value of twelve months.' })
  clv!: MetricValue;
}

@ObjectType('CustomerSegment', { description: 'An RFM segment of today.' })
export class CustomerSegmentType {
  @Field(() => String, { description: 'By which it can be filtered.' })
  key!: string;

  @Field(() => String, { description: 'Its name for people.' })
  label!: string;

  @Field(() => Int, { description: 'Customers in it today.' })
  customers!: number;

  @Field(() => Float, { ...nullable, description: 'Of the customers of all segments.' })
  customerShare!: MetricValue;

  @Field(() => MetricScalar, { ...nullable, description: 'Of their orders in the range.' })
  netRevenue!: MetricValue;

  @Field(() => Float, { ...nullable, description: 'Of the net revenue of all segments.' })
  revenueShare!: MetricValue;
}

@ObjectType('CustomerMovement', { description: 'Who came, stayed and left in one period.' })
export class CustomerMovementType {
  @Field(() => String, { description: 'The day on which the period begins.' })
  key!: string;

  @Field(() => String, { description: 'Its name for people.' })
  label!: string;

  @Field(() => Int, { description: 'Customers with an order: new + returning + reactivated.' })
  active!: number;

  @Field(() => Int, { description: 'With their first order ever.' })
  new!: number;

  @Field(() => Int, { description: 'Active in the period before, too.' })
  returning!: number;

  @Field(() => Int, { description: 'Neither new nor active in the period before.' })
  reactivated!: number;

  @Field(() => Int, { description: 'Active in the period before, and not in this.' })
  lost!: number;
}

@ObjectType('CustomerCohortPeriod', { description: 'A cohort in one period.' })
export class CustomerCohortPeriodType {
  @Field(() => Int, { description: 'Periods since that of the first order.' })
  period!: number;

  @Field(() => Int, { description: 'Customers of the cohort who ordered in it.' })
  customers!: number;

  @Field(() => Float, { ...nullable, description: 'Of the customers of the cohort.' })
  rate!: MetricValue;

  @Field(() => MetricScalar, { ...nullable, description: 'Revenue up to and in the period.' })
  cumulativeRevenuePerCustomer!: MetricValue;
}

@ObjectType('CustomerCohort', { description: 'Customers by the period of their first order.' })
export class CustomerCohortType {
  @Field(() => String, { description: 'The day on which the period begins.' })
  key!: string;

  @Field(() => String, { description: 'Its name for people.' })
  label!: string;

  @Field(() => Int, { description: 'Customers of the cohort.' })
  size!: number;

  @Field(() => [CustomerCohortPeriodType], { description: 'From that of the first order on.' })
  periods!: CustomerCohortPeriodType[];
}

/** An answer of rows with the metric contract beside it. */
function rowsAnswer<Row extends object>(name: string, description: string, row: new () => Row) {
  @ObjectType(name, { description })
  class RowsAnswer {
    @Field(() => [row], { description: 'Largest first; periods in order of time.' })
    rows!: Row[];

    @Field(() => AnswerMetaType, { description: META })
    meta!: AnswerMetaType;
  }
  return RowsAnswer;
}

export const TopCustomersAnswer = rowsAnswer(
  'TopCustomers',
  'Customers by the net revenue of their orders in the range.',
  TopCustomerType,
);
export const SegmentsAnswer = rowsAnswer(
  'CustomerSegments',
  'The RFM segments of today, with their net revenue in the range.',
  CustomerSegmentType,
);
export const MovementsAnswer = rowsAnswer(
  'CustomerMovements',
  'Who came, stayed, came back and left, by whole periods.',
  CustomerMovementType,
);
export const CohortsAnswer = rowsAnswer(
  'CustomerCohorts',
  'Customers by the period of their first order, and who came back.',
  CustomerCohortType,
);
