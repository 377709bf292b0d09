/** The GraphQL types of sales, made from its definitions. */
import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';
import type { MetricValue } from '../../../contracts/metric-contract.js';
import {
  META,
  departmentAnswers,
  departmentArguments,
  departmentEnums,
} from '../../metrics/department-types.js';
import { AnswerMetaType, MetricScalar } from '../../metrics/graphql-types.js';
import { SALES_DEPARTMENT } from '../sales.metrics.js';

const enums = departmentEnums('Sales', SALES_DEPARTMENT);

export const SalesArguments = departmentArguments('Sales', enums);
export const SalesAnswers = departmentAnswers('Sales', enums);

const nullable = { nullable: true } as const;

@ArgsType()
export class PairArgs extends SalesArguments.RangeArgs {
  @Field(() => String, { ...nullable, description: 'Only pairs with this product.' })
  product?: string;

  @Field(() => Int, { defaultValue: 2, description: 'How many orders must hold a pair.' })
  minOrders!: number;

  @Field(() => Int, { defaultValue: 10, description: '1 to 1,000.' })
  limit!: number;
}

@ObjectType({ description: 'Two products in the same orders, seen from the first.' })
export class ProductPair {
  @Field(() => String, { description: 'Both ids.' })
  key!: string;

  @Field(() => String, { description: 'Both names.' })
  label!: string;

  @Field(() => String, { description: 'Id of the first.' })
  product!: string;

  @Field(() => String, { description: 'Id of the other.' })
  other!: string;

  @Field(() => Int, { description: 'Orders that hold both.' })
  orders!: number;

  @Field(() => MetricScalar, { ...nullable, description: 'Of the orders with products.' })
  support!: MetricValue;

  @Field(() => MetricScalar, { ...nullable, description: 'Of the orders with the first.' })
  confidence!: MetricValue;

  @Field(() => MetricScalar, { ...nullable, description: 'Above 1 they attract one another.' })
  lift!: MetricValue;
}

@ObjectType('SalesBoughtTogether', { description: 'Pairs of products in the same orders.' })
export class PairsAnswer {
  @Field(() => [ProductPair], { description: 'Most orders first.' })
  rows!: ProductPair[];

  @Field(() => AnswerMetaType, { description: META })
  meta!: AnswerMetaType;
}
