/** The GraphQL types of explanations. */
import { ArgsType, Field, Float, InputType, Int, ObjectType } from '@nestjs/graphql';
import type { MetricValue, Unit } from '../../../contracts/metric-contract.js';
import { META } from '../../metrics/department-types.js';
import { AnswerMetaType, MetricScalar, UnitEnum } from '../../metrics/graphql-types.js';

const nullable = { nullable: true } as const;
const text = (description: string) => Field(() => String, { description });
const textOrNull = (description: string) => Field(() => String, { ...nullable, description });
const texts = (description: string) => Field(() => [String], { description });
const whole = (description: string) => Field(() => Int, { description });
/** A count may be larger than GraphQL's Int. */
const count = (description: string) => Field(() => Float, { description });

@InputType('ExplainFilter', { description: 'Keeps what has one of the values.' })
export class ExplainFilter {
  @text('Id of a dimension of the metric.')
  dimension!: string;

  @texts('Keys as in a breakdown, 1 to 100.')
  values!: string[];
}

@ArgsType()
export class ExplainArgs {
  @text('A metric id, such as gross_sales.')
  metric!: string;

  @textOrNull('Where several departments have it; left out: the first that the key may read.')
  department?: string;

  @textOrNull('Date or instant, inclusive.')
  from?: string;

  @textOrNull('Date or instant, exclusive.')
  to?: string;

  @textOrNull('IANA timezone in which days begin.')
  timezone?: string;

  @textOrNull('ISO 4217 code.')
  currency?: string;

  @Field(() => [ExplainFilter], { ...nullable, description: 'All of them must hold.' })
  filter?: ExplainFilter[];
}

@ObjectType('ExplainedMetric', { description: 'How the metric is defined.' })
export class ExplainedMetricType {
  @text('The metric id.')
  id!: string;

  @text('Whose metric it is.')
  department!: string;

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
}

@ObjectType('ExplainedParameter', { description: 'A bound parameter of the SQL.' })
export class ExplainedParameterType {
  @text('As the SQL names it.')
  name!: string;

  @text('As JSON.')
  value!: string;
}

@ObjectType('ExplainedQuery', { description: 'The SQL that gives the value.' })
export class ExplainedQueryType {
  @text('The model that answers.')
  model!: string;

  @text('One statement with bound parameters.')
  sql!: string;

  @Field(() => [ExplainedParameterType], { description: 'Bound to the SQL.' })
  parameters!: ExplainedParameterType[];
}

@ObjectType('ExplainedModel', { description: 'One model that the number is made of.' })
export class ExplainedModelType {
  @text('Layer and table.')
  name!: string;

  @text('bronze, silver, gold or features.')
  layer!: string;

  @text('source, or how the model is made.')
  kind!: string;

  @text('What it holds.')
  description!: string;

  @textOrNull('What one row is.')
  grain!: string | null;

  @text('Who answers for it.')
  owner!: string;

  @texts('What it reads.')
  upstream!: string[];

  @textOrNull('Changes whenever its rows or their table would; null of sources.')
  definition!: string | null;

  @text('As in the catalog’s freshness.')
  state!: string;

  @textOrNull('All acknowledged before it is included.')
  asOf!: string | null;

  @whole('Published partitions within the range; 0 of sources and views.')
  partitions!: number;
}

@ObjectType('ExplainedVersion', { description: 'One published partition of a model.' })
export class ExplainedVersionType {
  @text('Which model.')
  model!: string;

  @text('A UTC day, or all.')
  partition!: string;

  @text('Rises with every publish.')
  version!: string;

  @text('The run that published it.')
  runId!: string;

  @text('When.')
  publishedAt!: string;
}

@ObjectType('ExplainedRun', { description: 'A run that published one of the versions.' })
export class ExplainedRunType {
  @text('Its id.')
  id!: string;

  @text('A schedule, a model or all.')
  target!: string;

  @text('schedule or request.')
  trigger!: string;

  @text('running, published, held or failed.')
  status!: string;

  @text('When it began; of ticks, the first of the hour.')
  startedAt!: string;
}

@ObjectType('ExplainedPublications', { description: 'What is published within the range.' })
export class ExplainedPublicationsType {
  @Field(() => [ExplainedVersionType], { description: 'The newest ten of each model.' })
  versions!: ExplainedVersionType[];

  @Field(() => [ExplainedRunType], { description: 'That published them, the newest first.' })
  runs!: ExplainedRunType[];
}

@ObjectType('ExplainedEvents', { description: 'Events of the range from one source.' })
export class ExplainedEventsType {
  @text('The source that the write key stands for.')
  source!: string;

  @count('As delivered; what was sent twice counts twice.')
  events!: number;

  @text('The first that was received.')
  firstArrival!: string;

  @text('The last that was received.')
  lastArrival!: string;
}

@ObjectType('ExplainedLoad', { description: 'Records of the range from one load.' })
export class ExplainedLoadType {
  @text('Its id.')
  loadId!: string;

  @textOrNull('file or extraction; null where it is no longer on record.')
  kind!: string | null;

  @textOrNull('Name of the file.')
  fileName!: string | null;

  @textOrNull('Whose key asked for it.')
  requestedBy!: string | null;

  @textOrNull('How it ended.')
  status!: string | null;

  @textOrNull('When it was created.')
  startedAt!: string | null;

  @text('As its mapping names it.')
  source!: string;

  @text('What the records are.')
  entity!: string;

  @count('Versions of records.')
  records!: number;

  @text('When the first was stored.')
  firstArrival!: string;

  @text('When the last was stored.')
  lastArrival!: string;
}

@ObjectType('ExplainedArrivals', { description: 'What arrived for the range.' })
export class ExplainedArrivalsType {
  @Field(() => [ExplainedEventsType], { ...nullable, description: 'Null where none are read.' })
  events!: ExplainedEventsType[] | null;

  @Field(() => [ExplainedLoadType], { ...nullable, description: 'Null where none are read.' })
  records!: ExplainedLoadType[] | null;
}

@ObjectType('ExplainedQuarantine', { description: 'Rows that failed a check of their own.' })
export class ExplainedQuarantineType {
  @text('Which model.')
  model!: string;

  @text('Which check.')
  check!: string;

  @count('How many.')
  rows!: number;
}

@ObjectType('ExplainedRejections', { description: 'Events that were refused.' })
export class ExplainedRejectionsType {
  @text('The event’s name.')
  event!: string;

  @text('The contract that it broke.')
  contract!: string;

  @count('How many arrived in the range.')
  events!: number;

  @count('How many of them were not replayed since.')
  open!: number;
}

@ObjectType('ExplainedOrders', { description: 'Orders of the range that count nowhere.' })
export class ExplainedOrdersType {
  @count('Test orders.')
  testOrders!: number;

  @count('Orders that their source deleted.')
  deletedOrders!: number;
}

@ObjectType('ExplainedLeftOut', { description: 'What is not in the number.' })
export class ExplainedLeftOutType {
  @Field(() => [ExplainedQuarantineType], { description: 'Set aside, by model and check.' })
  quarantined!: ExplainedQuarantineType[];

  @Field(() => [ExplainedRejectionsType], { ...nullable, description: 'Null if none are read.' })
  rejectedEvents!: ExplainedRejectionsType[] | null;

  @Field(() => ExplainedOrdersType, { ...nullable, description: 'Null if no orders are read.' })
  orders!: ExplainedOrdersType | null;
}

@ObjectType('Explanation', { description: 'One number and all that stands behind it.' })
export class ExplanationType {
  @Field(() => ExplainedMetricType, { description: 'How it is defined.' })
  metric!: ExplainedMetricType;

  @Field(() => MetricScalar, { ...nullable, description: 'As the department’s summary says it.' })
  value!: MetricValue;

  @Field(() => ExplainedQueryType, { description: 'What gives it.' })
  query!: ExplainedQueryType;

  @Field(() => [ExplainedModelType], { description: 'Each after all that it reads.' })
  models!: ExplainedModelType[];

  @Field(() => ExplainedPublicationsType, { description: 'Versions and their runs.' })
  published!: ExplainedPublicationsType;

  @Field(() => ExplainedArrivalsType, { description: 'What arrived for the range.' })
  arrivals!: ExplainedArrivalsType;

  @Field(() => ExplainedLeftOutType, { description: 'What is not in the number.' })
  leftOut!: ExplainedLeftOutType;

  @texts('What was shortened, in words.')
  cut!: string[];

  @Field(() => AnswerMetaType, { description: META })
  meta!: AnswerMetaType;
}
