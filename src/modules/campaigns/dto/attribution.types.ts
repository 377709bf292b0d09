/** The GraphQL types of attribution. */
import { ArgsType, Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { MetricValue } from '../../../contracts/metric-contract.js';
import { META } from '../../metrics/department-types.js';
import { AnswerMetaType, describing, enumOf, MetricScalar } from '../../metrics/graphql-types.js';
import { ATTRIBUTION_MODELS, MODEL_IDS, type AttributionModel } from '../attribution.metrics.js';
import { CampaignsArguments, CreditsArguments, CreditsEnums } from './campaigns.types.js';

const nullable = { nullable: true } as const;

const AttributionModelEnum = enumOf(MODEL_IDS);
registerEnumType(AttributionModelEnum, {
  name: 'AttributionModel',
  description: 'To whom of the sessions before it an order is credited.',
  valuesMap: describing(ATTRIBUTION_MODELS),
});

@ArgsType()
export class ModelsArgs extends CreditsArguments.FilteredArgs {
  @Field(() => CreditsEnums.dimension, {
    defaultValue: 'campaign',
    description: 'What the rows are split by.',
  })
  by!: string;

  @Field(() => String, {
    ...nullable,
    description:
      'Such as 24h or 30d, at most 365d: credits are reckoned anew. Left out, those that stand.',
  })
  lookback?: string;

  @Field(() => Int, { defaultValue: 50, description: '1 to 1,000.' })
  limit!: number;

  @Field(() => String, { ...nullable, description: 'The cursor of the page before.' })
  cursor?: string;
}

@ArgsType()
export class AttributionArgs extends ModelsArgs {
  @Field(() => AttributionModelEnum, {
    defaultValue: 'last_non_direct',
    description: 'How an order is shared.',
  })
  model!: AttributionModel;

  @Field(() => [CreditsEnums.metric], { ...nullable, description: 'Left out: all of them.' })
  metrics?: string[];
}

@ArgsType()
export class TouchpointsArgs {
  @Field(() => String, { description: 'The shop’s id of the order.' })
  orderId!: string;
}

@ArgsType()
export class UnmatchedArgs extends CampaignsArguments.FilteredArgs {
  @Field(() => Int, { defaultValue: 50, description: '1 to 1,000.' })
  limit!: number;
}

@ObjectType('TouchWeight', { description: 'What a model credits a touch with.' })
export class TouchWeightType {
  @Field(() => AttributionModelEnum, { description: 'The model.' })
  model!: AttributionModel;

  @Field(() => MetricScalar, { ...nullable, description: 'The share of the order from 0 to 1.' })
  weight!: MetricValue;
}

@ObjectType('Touchpoint', { description: 'A session before an order.' })
export class TouchpointType {
  @Field(() => Int, { description: 'Its place from 1.' })
  position!: number;

  @Field(() => String, { description: 'The session; empty where none is known.' })
  sessionId!: string;

  @Field(() => String, { description: 'When it began.' })
  touchedAt!: string;

  @Field(() => String, { description: 'Marketing channel or unknown.' })
  channel!: string;

  @Field(() => String, { description: 'Campaign source, none or unknown.' })
  utmSource!: string;

  @Field(() => String, { description: 'Campaign medium, none or unknown.' })
  medium!: string;

  @Field(() => String, { description: 'Campaign, none or unknown.' })
  campaign!: string;

  @Field(() => String, { description: 'Campaign term, none or unknown.' })
  term!: string;

  @Field(() => String, { description: 'Campaign content, none or unknown.' })
  content!: string;

  @Field(() => String, { description: 'Path of the first page, none or unknown.' })
  landingPage!: string;

  @Field(() => [TouchWeightType], { description: 'One for each model.' })
  weights!: TouchWeightType[];
}

@ObjectType('UnmatchedRow', { description: 'A campaign of spend or of sessions, but not of both.' })
export class UnmatchedRowType {
  @Field(() => String, { description: 'What the row is of.' })
  key!: string;

  @Field(() => String, { description: 'Its name for people.' })
  label!: string;

  @Field(() => String, { description: 'spend or sessions.' })
  foundIn!: string;

  @Field(() => String, { description: 'The campaign.' })
  campaign!: string;

  @Field(() => String, { description: 'Campaign source or unknown.' })
  utmSource!: string;

  @Field(() => String, { description: 'Campaign medium or unknown.' })
  medium!: string;

  @Field(() => String, {
    description: 'none: no session has it; other source or medium; no spend.',
  })
  reason!: string;

  @Field(() => MetricScalar, { ...nullable, description: 'What it cost.' })
  spend!: MetricValue;

  @Field(() => Int, { description: 'Clicks as the ad platform states them.' })
  clicks!: number;

  @Field(() => Int, { description: 'Sessions that began.' })
  sessions!: number;
}

@ObjectType('Touchpoints', { description: 'The sessions behind one order.' })
export class TouchpointsAnswer {
  @Field(() => [TouchpointType], { description: 'In order of time; none for an unknown order.' })
  rows!: TouchpointType[];

  @Field(() => AnswerMetaType, { description: META })
  meta!: AnswerMetaType;
}

@ObjectType('Unmatched', { description: 'What of spend and sessions did not meet.' })
export class UnmatchedAnswer {
  @Field(() => [UnmatchedRowType], { description: 'Spend first; largest first.' })
  rows!: UnmatchedRowType[];

  @Field(() => AnswerMetaType, { description: META })
  meta!: AnswerMetaType;
}
