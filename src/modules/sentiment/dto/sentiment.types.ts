/** The GraphQL types of sentiment, made from its definitions, and those of texts. */
import { ArgsType, Field, Float, Int, ObjectType } from '@nestjs/graphql';
import type { MetricValue } from '../../../contracts/metric-contract.js';
import {
  META,
  departmentAnswers,
  departmentArguments,
  departmentEnums,
} from '../../metrics/department-types.js';
import { AnswerMetaType, MetricScalar } from '../../metrics/graphql-types.js';
import { SENTIMENT_DEPARTMENT } from '../sentiment.metrics.js';

const enums = departmentEnums('Sentiment', SENTIMENT_DEPARTMENT);

export const SentimentArguments = departmentArguments('Sentiment', enums);
export const SentimentAnswers = departmentAnswers('Sentiment', enums);

const nullable = { nullable: true } as const;

@ArgsType()
export class TextArgs extends SentimentArguments.FilteredArgs {
  @Field(() => Int, { defaultValue: 10, description: '1 to 100.' })
  limit!: number;

  @Field(() => String, { ...nullable, description: 'The cursor of the page before.' })
  cursor?: string;
}

@ArgsType()
export class ScoreArgs {
  @Field(() => [String], {
    description: '1 to 1,000, each of at most 20,000 characters, in all 200,000.',
  })
  texts!: string[];
}

@ObjectType('SentimentDriver', { description: 'A word that drove a score.' })
export class DriverType {
  @Field(() => String, { description: 'In lower case.' })
  word!: string;

  @Field(() => Float, {
    description: 'What it added to the sum behind the score, negation and emphasis included.',
  })
  weight!: number;
}

@ObjectType('SentimentText', { description: 'A feedback with its text and what made its score.' })
export class TextRowType {
  @Field(() => String, { description: 'Where it comes from and its id there.' })
  key!: string;

  @Field(() => String, { description: 'Its title, or how its text begins.' })
  label!: string;

  @Field(() => String, { description: 'When it came, in UTC.' })
  createdAt!: string;

  @Field(() => String, { description: 'Review, ticket, survey or as told.' })
  kind!: string;

  @Field(() => String, { description: 'The source or shop that told it.' })
  source!: string;

  @Field(() => String, { description: 'Who gave it, pseudonymous; empty if unknown.' })
  customerId!: string;

  @Field(() => String, { description: 'Id of the product, or unknown.' })
  product!: string;

  @Field(() => String, { description: 'Its name, or empty.' })
  productName!: string;

  @Field(() => MetricScalar, { ...nullable, description: 'As told; null if it was not.' })
  rating!: MetricValue;

  @Field(() => String, { description: 'Without personal data.' })
  title!: string;

  @Field(() => String, { description: 'Without personal data.' })
  text!: string;

  @Field(() => String, { description: 'ISO 639-1, or unknown.' })
  language!: string;

  @Field(() => MetricScalar, { ...nullable, description: 'From −1 to 1.' })
  compound!: MetricValue;

  @Field(() => String, { description: 'Positive, neutral or negative.' })
  sentiment!: string;

  @Field(() => [DriverType], { description: 'Heaviest first.' })
  drivers!: DriverType[];

  @Field(() => [String], { description: 'As told, and as its words say.' })
  topics!: string[];
}

@ObjectType('SentimentTexts', { description: 'The most telling texts.' })
export class TextsAnswer {
  @Field(() => [TextRowType], { description: 'The most extreme first.' })
  rows!: TextRowType[];

  @Field(() => String, { ...nullable, description: 'For the next page; null at the end.' })
  cursor!: string | null;

  @Field(() => AnswerMetaType, { description: META })
  meta!: AnswerMetaType;
}

@ObjectType('SentimentScore', { description: 'A text and its score.' })
export class ScoredTextType {
  @Field(() => String, { description: 'As given, with marks in the place of personal data.' })
  text!: string;

  @Field(() => String, { description: 'ISO 639-1, unknown if too short to tell, or none.' })
  language!: string;

  @Field(() => Float, { ...nullable, description: 'From −1 to 1; null if not scored.' })
  compound!: number | null;

  @Field(() => Float, { ...nullable, description: 'Share of the text that is positive.' })
  positive!: number | null;

  @Field(() => Float, { ...nullable, description: 'Share of the text that is neutral.' })
  neutral!: number | null;

  @Field(() => Float, { ...nullable, description: 'Share of the text that is negative.' })
  negative!: number | null;

  @Field(() => String, { description: 'Positive, neutral, negative or unscored.' })
  label!: string;

  @Field(() => [DriverType], { description: 'Heaviest first.' })
  drivers!: DriverType[];

  @Field(() => [String], { description: 'What it is about.' })
  topics!: string[];

  @Field(() => String, { description: 'Name and version; empty if not scored.' })
  scorer!: string;
}
