/** The GraphQL types of the executive report. */
import { ArgsType, Field, Float, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { MetricValue, Unit } from '../../../contracts/metric-contract.js';
import { META } from '../../metrics/department-types.js';
import {
  AnswerMetaType,
  describing,
  enumOf,
  MetricScalar,
  UnitEnum,
} from '../../metrics/graphql-types.js';
import { PERIODS, type Period } from '../report-period.js';

const nullable = { nullable: true } as const;

const PeriodEnum = enumOf(PERIODS);
registerEnumType(PeriodEnum, {
  name: 'ReportPeriod',
  description: 'How long the period of a report is.',
  valuesMap: describing({ day: 'A day.', week: 'From Monday.', month: 'A calendar month.' }),
});

@ArgsType()
export class ReportArgs {
  @Field(() => PeriodEnum, { defaultValue: 'day', description: 'Its length.' })
  period!: Period;

  @Field(() => String, { ...nullable, description: 'A date in it; else the last whole one.' })
  date?: string;

  @Field(() => String, { ...nullable, description: 'IANA timezone.' })
  timezone?: string;

  @Field(() => String, { ...nullable, description: 'ISO 4217 code.' })
  currency?: string;
}

@ObjectType('ReportRange', { description: 'Instants as they read in the timezone.' })
class RangeType {
  @Field(() => String, { description: 'Inclusive.' })
  from!: string;

  @Field(() => String, { description: 'Exclusive.' })
  to!: string;
}

@ObjectType('ReportValue', { description: 'One metric of the period and of those before.' })
class ValueType {
  @Field(() => String, { description: 'The id of the metric.' })
  metric!: string;

  @Field(() => String, { description: 'Its name.' })
  label!: string;

  @Field(() => UnitEnum, { description: 'What it counts.' })
  unit!: Unit;

  @Field(() => MetricScalar, { ...nullable, description: 'Null where it is undefined.' })
  value!: MetricValue;

  @Field(() => MetricScalar, { ...nullable, description: 'Of the period before.' })
  previous!: MetricValue;

  @Field(() => Float, { ...nullable, description: '(value − previous) / previous.' })
  change!: number | null;

  @Field(() => MetricScalar, { ...nullable, description: 'Of the same period a year before.' })
  yearBefore!: MetricValue;

  @Field(() => Float, { ...nullable, description: 'The change since then.' })
  yearChange!: number | null;
}

@ObjectType('ReportSection', { description: 'The numbers of one department.' })
class SectionType {
  @Field(() => String, { description: 'Whose they are.' })
  department!: string;

  @Field(() => String, { description: 'Its name.' })
  title!: string;

  @Field(() => String, { ...nullable, description: 'All before this instant is counted.' })
  asOf!: string | null;

  @Field(() => [ValueType], { description: 'None where they are late or held back.' })
  values!: ValueType[];

  @Field(() => String, { ...nullable, description: 'What they lack.' })
  note!: string | null;
}

@ObjectType('ReportRow', { description: 'One key of a list.' })
class RowType {
  @Field(() => String, { description: 'Its id.' })
  key!: string;

  @Field(() => String, { description: 'Its name.' })
  label!: string;

  @Field(() => MetricScalar, { ...nullable, description: 'In the period.' })
  value!: MetricValue;

  @Field(() => MetricScalar, { ...nullable, description: 'In the period before.' })
  previous!: MetricValue;

  @Field(() => MetricScalar, { ...nullable, description: 'The first less the second.' })
  difference!: MetricValue;
}

@ObjectType('ReportList', { description: 'What is largest and what lost most.' })
class ListType {
  @Field(() => String, { description: 'products or campaigns.' })
  id!: string;

  @Field(() => String, { description: 'Its name.' })
  title!: string;

  @Field(() => String, { description: 'The metric that it goes by.' })
  metric!: string;

  @Field(() => UnitEnum, { description: 'What that counts.' })
  unit!: Unit;

  @Field(() => [RowType], { description: 'The largest.' })
  top!: RowType[];

  @Field(() => [RowType], { description: 'Those that lost most.' })
  falling!: RowType[];

  @Field(() => String, { ...nullable, description: 'Why there are none.' })
  note!: string | null;
}

@ObjectType('ReportExplanation', { description: 'Which dimension explains the largest change.' })
class ExplanationType {
  @Field(() => String, { description: 'The metric that changed most.' })
  metric!: string;

  @Field(() => String, { ...nullable, description: 'Null if none explains it.' })
  dimension!: string | null;

  @Field(() => [String], { description: 'In words, made from the numbers.' })
  sentences!: string[];
}

@ObjectType('ReportFailedCheck', { description: 'A check that failed in the period.' })
class FailedCheckType {
  @Field(() => String, { description: 'Of which model.' })
  model!: string;

  @Field(() => String, { description: 'Its name.' })
  check!: string;

  @Field(() => String, { description: 'row, warn or error.' })
  severity!: string;

  @Field(() => Int, { description: 'How many rows failed.' })
  rows!: number;
}

@ObjectType('ReportQuality', { description: 'How far the numbers can be relied on.' })
class QualityType {
  @Field(() => String, { ...nullable, description: 'All before this instant is counted.' })
  asOf!: string | null;

  @Field(() => [String], { description: 'Models that are held back.' })
  held!: string[];

  @Field(() => Int, { description: 'Rows that failed a check and were set aside.' })
  quarantinedRows!: number;

  @Field(() => [FailedCheckType], { description: 'The twenty with the most rows.' })
  failedChecks!: FailedCheckType[];

  @Field(() => Int, { description: 'Events that broke their contract.' })
  rejectedEvents!: number;
}

@ObjectType('ExecutiveReport', { description: 'One page for those who decide.' })
export class ReportType {
  @Field(() => PeriodEnum, { description: 'How long the period is.' })
  period!: Period;

  @Field(() => String, { description: 'Its first day.' })
  date!: string;

  @Field(() => RangeType, { description: 'The period.' })
  range!: RangeType;

  @Field(() => RangeType, { description: 'The period before.' })
  previousRange!: RangeType;

  @Field(() => RangeType, { description: 'The same period a year before.' })
  yearBeforeRange!: RangeType;

  @Field(() => [SectionType], { description: 'By department.' })
  sections!: SectionType[];

  @Field(() => [ListType], { description: 'What rose and fell.' })
  lists!: ListType[];

  @Field(() => ExplanationType, { ...nullable, description: 'Null where nothing changed.' })
  explanation!: ExplanationType | null;

  @Field(() => QualityType, { description: 'How far to rely on it.' })
  quality!: QualityType;

  @Field(() => [String], { description: 'What is to be known of the numbers.' })
  notes!: string[];

  @Field(() => AnswerMetaType, { description: META })
  meta!: AnswerMetaType;
}
