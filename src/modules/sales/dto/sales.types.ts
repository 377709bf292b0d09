/** The GraphQL types of sales, made from its definitions. */
import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';
import type { MetricValue } from '../../../contracts/metric-contract.js';
import {
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
  @Field(() => String)
  key!: string;

  @Field(() => String)
  label!: string;

  @Field(() => String)
  product!: string;

  @Field(() => String)
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

@ObjectType('SalesBoughtTogether')
export class PairsAnswer {
  @Field(() => [ProductPair])
  rows!: ProductPair[];

  @Field(() => AnswerMetaType)
  meta!: AnswerMetaType;
}
