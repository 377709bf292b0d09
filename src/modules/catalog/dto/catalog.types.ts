/** The GraphQL types of the catalog. */
import { ArgsType, Field, Float, Int, ObjectType } from '@nestjs/graphql';
import type { Unit } from '../../../contracts/metric-contract.js';
import { UnitEnum } from '../../metrics/graphql-types.js';

const nullable = { nullable: true } as const;
const text = (description: string) => Field(() => String, { description });
const textOrNull = (description: string) => Field(() => String, { ...nullable, description });
const texts = (description: string) => Field(() => [String], { description });
const whole = (description: string) => Field(() => Int, { description });
const yes = (description: string) => Field(() => Boolean, { description });
const share = (description: string) => Field(() => Float, { ...nullable, description });

@ArgsType()
export class CatalogModelArgs {
  @text('Layer and table, such as gold.sales_15m.')
  name!: string;
}

@ObjectType('CatalogColumn', { description: 'One column of a source or model.' })
export class CatalogColumnType {
  @text('Its name.')
  name!: string;

  @text('The engine’s type.')
  type!: string;

  @text('What it means.')
  description!: string;

  @text('Class of personal data: none or pseudonymous.')
  pii!: string;
}

@ObjectType('CatalogCheck', { description: 'One check of a model.' })
export class CatalogCheckType {
  @text('As results and quarantined rows name it.')
  name!: string;

  @text('Such as not_null, unique, range or sql.')
  type!: string;

  @text('row sets the row aside, error holds the model, warn is recorded.')
  severity!: string;

  @text('What it asks.')
  description!: string;
}

@ObjectType('CatalogFreshness', { description: 'How current a source or model is.' })
export class CatalogFreshnessType {
  @text('ok, held, failed or new; of a source ok, late or empty.')
  state!: string;

  @textOrNull('Why it is not ok.')
  reason!: string | null;

  @textOrNull('All acknowledged before it is included; of a source, its newest arrival.')
  asOf!: string | null;

  @texts('Itself and models behind it that serve their last good version.')
  held!: string[];
}

@ObjectType('CatalogQuality', { description: 'The newest quality score of a model.' })
export class CatalogQualityType {
  @Field(() => Float, { description: 'Rows scored.' })
  rows!: number;

  @share('Share of the cells of required columns that are filled, 0 to 1.')
  completeness!: number | null;

  @share('Share of the rows that pass every row check, 0 to 1.')
  accuracy!: number | null;

  @text('When it was scored.')
  scoredAt!: string;
}

@ObjectType('CatalogMetricReading', { description: 'A metric that reads a model.' })
export class CatalogMetricReadingType {
  @text('Whose metric it is.')
  department!: string;

  @text('The metric id.')
  metric!: string;
}

@ObjectType('CatalogModel', { description: 'One source or model.' })
export class CatalogModelType {
  @text('Layer and table.')
  name!: string;

  @text('bronze, silver, gold or features.')
  layer!: string;

  @text('source, or how the model is made: append, upsert, partition, full, scd2 or view.')
  kind!: string;

  @text('What it holds.')
  description!: string;

  @textOrNull('What one row is.')
  grain!: string | null;

  @text('Who answers for it.')
  owner!: string;

  @textOrNull('When it runs; null of sources and views.')
  schedule!: string | null;

  @texts('The columns that tell its rows apart.')
  key!: string[];

  @textOrNull('The column that gives a row its day.')
  timeColumn!: string | null;

  @textOrNull('day, month or none; null of sources and views.')
  partitionBy!: string | null;

  @text('The strictest class of personal data among its columns.')
  pii!: string;

  @Field(() => [CatalogColumnType], { description: 'In their order.' })
  columns!: CatalogColumnType[];

  @Field(() => [CatalogCheckType], { description: 'Run before each publish.' })
  checks!: CatalogCheckType[];

  @texts('What it reads.')
  upstream!: string[];

  @texts('What reads it.')
  downstream!: string[];

  @Field(() => [CatalogMetricReadingType], { description: 'Metrics that read it.' })
  metrics!: CatalogMetricReadingType[];

  @textOrNull('Changes whenever its rows or their table would; null of sources.')
  definition!: string | null;

  @Field(() => CatalogFreshnessType, { description: 'How current it is.' })
  freshness!: CatalogFreshnessType;

  @Field(() => CatalogQualityType, { ...nullable, description: 'Null until it was scored.' })
  quality!: CatalogQualityType | null;
}

@ObjectType('CatalogMetric', { description: 'One metric and how it is defined.' })
export class CatalogMetricType {
  @text('Whose metric it is.')
  department!: string;

  @text('The same in REST, GraphQL and CSV.')
  id!: string;

  @text('Its name for people.')
  label!: string;

  @text('The formula in words.')
  formula!: string;

  @whole('Rises when the definition changes.')
  version!: number;

  @Field(() => UnitEnum, { description: 'What the value counts.' })
  unit!: Unit;

  @text('Who answers for it.')
  owner!: string;

  @texts('By which it can be split and filtered.')
  dimensions!: string[];

  @texts('That it reads directly.')
  models!: string[];

  @yes('Whether it is an estimate.')
  isApproximate!: boolean;

  @yes('Whether identity stitching may still change it.')
  isProvisional!: boolean;

  @yes('Whether summaries answer it, and it can be explained.')
  isSummarised!: boolean;
}

@ObjectType('CatalogNode', { description: 'One source or model in the lineage.' })
export class CatalogNodeType {
  @text('Layer and table.')
  name!: string;

  @text('bronze, silver, gold or features.')
  layer!: string;

  @text('source, or how the model is made.')
  kind!: string;

  @text('Who answers for it.')
  owner!: string;
}

@ObjectType('CatalogEdge', { description: 'One model reads another.' })
export class CatalogEdgeType {
  @text('What is read.')
  from!: string;

  @text('What reads it.')
  to!: string;
}

@ObjectType('CatalogMetricEdge', { description: 'A metric and the models that it reads.' })
export class CatalogMetricEdgeType extends CatalogMetricReadingType {
  @texts('That it reads directly.')
  models!: string[];
}

@ObjectType('CatalogLineage', { description: 'What is made from what.' })
export class CatalogLineageType {
  @Field(() => [CatalogNodeType], { description: 'Each after all that it reads.' })
  nodes!: CatalogNodeType[];

  @Field(() => [CatalogEdgeType], { description: 'From what is read to what reads it.' })
  edges!: CatalogEdgeType[];

  @Field(() => [CatalogMetricEdgeType], { description: 'The metrics on top.' })
  metrics!: CatalogMetricEdgeType[];
}
