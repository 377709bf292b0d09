/** The GraphQL types of lifetime value. */
import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import type { MetricValue } from '../../../contracts/metric-contract.js';
import { META } from '../../metrics/department-types.js';
import { AnswerMetaType, MetricScalar } from '../../metrics/graphql-types.js';

const nullable = { nullable: true } as const;
const parameter = (description: string) => Field(() => Float, { ...nullable, description });

@ObjectType('ClvCalibration', {
  description: 'What a fit on all but the last days foretold of these, and what came.',
})
export class ClvCalibrationType {
  @Field(() => Int, { description: 'Days that the fit did not see.' })
  heldOutDays!: number;

  @Field(() => Int, { description: 'Customers who had ordered before them.' })
  customers!: number;

  @Field(() => Float, { description: 'Days with orders that it foretold of them.' })
  predictedOrders!: number;

  @Field(() => Int, { description: 'Days with orders that came.' })
  actualOrders!: number;

  @Field(() => Float, { ...nullable, description: 'Foretold / came − 1.' })
  error!: number | null;

  @Field(() => Float, { description: 'Mean difference of a customer.' })
  meanAbsoluteError!: number;
}

@ObjectType('ClvFit', {
  description: 'The models of lifetime value as they were fitted on one day; time in weeks.',
})
export class ClvFitType {
  @Field(() => String, { description: 'The midnight up to which orders count.' })
  asOf!: string;

  @Field(() => String, {
    description: 'fitted, or why there is none: too_few_repeat_customers, not_converged.',
  })
  status!: string;

  @Field(() => Int, { description: 'Customers with an order before the midnight.' })
  customers!: number;

  @Field(() => Int, { description: 'Of them those who came on another day, too.' })
  repeatCustomers!: number;

  @parameter('BG/NBD: shape of the purchase rates.')
  r!: number | null;

  @parameter('BG/NBD: scale of the purchase rates.')
  alpha!: number | null;

  @parameter('BG/NBD: first parameter of the drop-out.')
  a!: number | null;

  @parameter('BG/NBD: second parameter of the drop-out.')
  b!: number | null;

  @parameter('Of the orders.')
  logLikelihood!: number | null;

  @parameter('Gamma-Gamma: shape of the spend.')
  p!: number | null;

  @parameter('Gamma-Gamma: shape of its scale over customers.')
  q!: number | null;

  @parameter('Gamma-Gamma: scale of that scale, in the currency.')
  v!: number | null;

  @parameter('Of the mean spends.')
  spendLogLikelihood!: number | null;

  @Field(() => ClvCalibrationType, { ...nullable, description: 'Null where it cannot be made.' })
  calibration!: ClvCalibrationType | null;
}

@ObjectType('ClvDecile', { description: 'A tenth of the customers by lifetime value.' })
export class ClvDecileType {
  @Field(() => String, { description: '1 is the dearest.' })
  key!: string;

  @Field(() => String, { description: 'Its name for people.' })
  label!: string;

  @Field(() => Int, { description: 'Customers in it.' })
  customers!: number;

  @Field(() => MetricScalar, { ...nullable, description: 'Their lifetime value together.' })
  clv!: MetricValue;

  @Field(() => MetricScalar, { ...nullable, description: 'Of one of them.' })
  averageClv!: MetricValue;

  @Field(() => Float, { ...nullable, description: 'Of the lifetime value of all customers.' })
  clvShare!: MetricValue;

  @Field(() => Float, { ...nullable, description: 'Mean orders to expect in twelve months.' })
  expectedOrders!: MetricValue;

  @Field(() => Float, { ...nullable, description: 'Mean, of those with a repeat order.' })
  pAlive!: MetricValue;
}

@ObjectType('CustomerClv', { description: 'Lifetime value of today, and how it was found.' })
export class ClvAnswer {
  @Field(() => [ClvDecileType], { description: 'The dearest first; empty without a fit.' })
  rows!: ClvDecileType[];

  @Field(() => ClvFitType, { ...nullable, description: 'The latest; null before the first.' })
  fit!: ClvFitType | null;

  @Field(() => [ClvFitType], { description: 'Made on days of the range, newest first.' })
  fits!: ClvFitType[];

  @Field(() => AnswerMetaType, { description: META })
  meta!: AnswerMetaType;
}
