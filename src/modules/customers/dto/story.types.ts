/** The GraphQL types of the story of one customer. */
import { ArgsType, Field, Float, Int, ObjectType } from '@nestjs/graphql';
import type { MetricValue } from '../../../contracts/metric-contract.js';
import { META } from '../../metrics/department-types.js';
import { AnswerMetaType, MetricScalar } from '../../metrics/graphql-types.js';

const nullable = { nullable: true } as const;
const text = (description: string) => Field(() => String, { description });
const textOrNull = (description: string) => Field(() => String, { ...nullable, description });
const whole = (description: string) => Field(() => Int, { description });
const wholeOrNull = (description: string) => Field(() => Int, { ...nullable, description });
const money = (description: string) => Field(() => MetricScalar, { ...nullable, description });
const decimal = (description: string) => Field(() => Float, { ...nullable, description });

@ArgsType()
export class CustomerArgs {
  @Field(() => String, { description: 'The pseudonymous id, as lists give it.' })
  id!: string;
}

@ObjectType('CustomerProfile', { description: 'What is known without personal data.' })
export class CustomerProfileType {
  @text('Latest country told or seen.')
  country!: string;

  @textOrNull('Latest language told.')
  language!: string | null;

  @textOrNull('Latest plan told.')
  plan!: string | null;

  @text('First identify call or order, or when the shop created it.')
  firstSeenAt!: string;

  @text('Latest call, order or change.')
  lastSeenAt!: string;
}

@ObjectType('CustomerWorth', {
  description: 'What the customer was and may become worth in one currency.',
})
export class CustomerWorthType {
  @text('ISO 4217 code of the amounts.')
  currency!: string;

  @whole('Placed orders; cancelled ones included.')
  orders!: number;

  @money('Gross − discounts.')
  revenue!: MetricValue;

  @money('Given back of it so far.')
  refunds!: MetricValue;

  @money('Revenue − refunds.')
  netRevenue!: MetricValue;

  @money('Revenue / orders.')
  averageOrderValue!: MetricValue;

  @decimal('Refunds / revenue.')
  refundShare!: MetricValue;

  @text('The first order.')
  firstOrderAt!: string;

  @text('The last order.')
  lastOrderAt!: string;

  @decimal('From the first order to the last / (orders − 1); null of one order.')
  averageDaysBetweenOrders!: MetricValue;

  @text('The category of most revenue; unknown if none is known.')
  favouriteCategory!: string;

  @textOrNull('RFM segment of today.')
  segment!: string | null;

  @wholeOrNull('Quintile, 5 ordered last.')
  recencyScore!: number | null;

  @wholeOrNull('Quintile, 5 ordered most often.')
  frequencyScore!: number | null;

  @wholeOrNull('Quintile, 5 brought most.')
  monetaryScore!: number | null;

  @textOrNull('fitted, or why there is no lifetime value; null before the first midnight.')
  clvStatus!: string | null;

  @decimal('Probability that the customer still buys; null without a repeat order.')
  pAlive!: MetricValue;

  @decimal('Days with orders to expect in twelve months.')
  expectedOrders!: MetricValue;

  @money('Revenue to expect in twelve months, discounted by 1 % a month.')
  clv!: MetricValue;
}

@ObjectType('CustomerOrder', { description: 'An order of the customer.' })
export class CustomerOrderType {
  @text('The order.')
  orderId!: string;

  @text('When it was placed.')
  placedAt!: string;

  @whole("Its place among the customer's orders, from 1.")
  orderNumber!: number;

  @text('Where it stands.')
  status!: string;

  @text('Who reported it.')
  source!: string;

  @text("Marketing channel of the order's session.")
  channel!: string;

  @text('ISO 4217 code of the amounts.')
  currency!: string;

  @money('Gross − discounts.')
  revenue!: MetricValue;

  @money('Given back of it so far.')
  refunds!: MetricValue;
}

@ObjectType('CustomerRefund', { description: 'What was taken back of an order.' })
export class CustomerRefundType {
  @text('The order.')
  orderId!: string;

  @text('refund, cancellation or reinstatement.')
  kind!: string;

  @text('When it happened.')
  occurredAt!: string;

  @text('ISO 4217 code of the amounts.')
  currency!: string;

  @money('Of gross − discounts.')
  goods!: MetricValue;

  @money('Of tax.')
  tax!: MetricValue;

  @money('Of shipping.')
  shipping!: MetricValue;
}

@ObjectType('CustomerSession', { description: 'A session of the customer.' })
export class CustomerSessionType {
  @text('Its id.')
  sessionId!: string;

  @text('Time of the first event.')
  startedAt!: string;

  @decimal('From the first event to the last.')
  durationSeconds!: MetricValue;

  @whole('Pages viewed.')
  pageViews!: number;

  @text('Marketing channel.')
  channel!: string;

  @text('Campaign or none.')
  campaign!: string;

  @text('Path of the first page or none.')
  landingPage!: string;

  @text('Device.')
  device!: string;

  @text('Country.')
  country!: string;

  @Field(() => Boolean, { description: 'Whether something was added to the cart.' })
  hasCart!: boolean;

  @Field(() => Boolean, { description: 'Whether an order was placed.' })
  hasOrder!: boolean;
}

@ObjectType('CustomerFeedback', { description: 'What the customer said.' })
export class CustomerFeedbackType {
  @text('Its id.')
  feedbackId!: string;

  @text('Review, ticket or survey.')
  kind!: string;

  @text('When it was given.')
  createdAt!: string;

  @decimal('The rating given with it.')
  rating!: number | null;

  @decimal('Sentiment from −1 to 1.')
  compound!: number | null;

  @text('Sentiment in a word.')
  label!: string;

  @text('The text, personal data masked.')
  text!: string;

  @text('The product or empty.')
  productId!: string;

  @text('The order or empty.')
  orderId!: string;
}

@ObjectType('PersonalField', { description: 'A personal value as it was given.' })
export class PersonalFieldType {
  @text('email, phone, name, address, birthday or trait.')
  kind!: string;

  @text('Where it stood, such as traits.email.')
  field!: string;

  @text('The value.')
  value!: string;
}

@ObjectType('Customer', { description: 'One customer. Lists are newest first, at most 50 each.' })
export class CustomerType {
  @text('The pseudonymous id.')
  customerId!: string;

  @Field(() => CustomerProfileType, {
    ...nullable,
    description: 'Null of a customer who is known by orders alone.',
  })
  profile!: CustomerProfileType | null;

  @Field(() => [CustomerWorthType], { description: 'One for each currency of the orders.' })
  values!: CustomerWorthType[];

  @Field(() => [CustomerOrderType], { description: 'Placed orders.' })
  orders!: CustomerOrderType[];

  @Field(() => [CustomerRefundType], { description: 'Refunds, cancellations, reinstatements.' })
  refunds!: CustomerRefundType[];

  @Field(() => [CustomerSessionType], {
    ...nullable,
    description: 'Null without the scope behaviour:read.',
  })
  sessions!: CustomerSessionType[] | null;

  @Field(() => [CustomerFeedbackType], {
    ...nullable,
    description: 'Null without the scope sentiment:read.',
  })
  feedback!: CustomerFeedbackType[] | null;

  @Field(() => AnswerMetaType, { description: META })
  meta!: AnswerMetaType;
}
