/** The GraphQL types of quality. */
import { Field, Float, GraphQLISODateTime, ID, Int, ObjectType } from '@nestjs/graphql';

const nullable = { nullable: true } as const;

@ObjectType('StartedQualityReport', { description: 'A quality report under way.' })
export class StartedType {
  @Field(() => ID, { description: 'By which it is found.' })
  id!: string;
}

@ObjectType('QualityScore', { description: 'How complete and accurate a table was.' })
export class QualityScoreType {
  @Field(() => String, { description: 'The table.' })
  table!: string;

  @Field(() => Float, { description: 'How many rows it had.' })
  rows!: number;

  @Field(() => Float, { ...nullable, description: 'Share of required cells that are filled.' })
  completeness!: number | null;

  @Field(() => Float, { ...nullable, description: 'Share of rows that pass every row check.' })
  accuracy!: number | null;

  @Field(() => Boolean, { description: 'Whether it misses 95 % or 99 %.' })
  isBelowTarget!: boolean;

  @Field(() => GraphQLISODateTime, { description: 'When it was scored.' })
  scoredAt!: Date;
}

@ObjectType('QualityCheck', { description: 'What a check found.' })
export class QualityCheckType {
  @Field(() => String, { description: 'Its name.' })
  name!: string;

  @Field(() => String, { description: 'Its kind, e.g. not_null.' })
  type!: string;

  @Field(() => String, { description: 'row, error or warn.' })
  severity!: string;

  @Field(() => String, { description: 'What it promises.' })
  description!: string;

  @Field(() => Float, { description: 'How many fail.' })
  failing!: number;

  @Field(() => Float, { description: 'Of how many.' })
  total!: number;

  @Field(() => Boolean, { description: 'Whether it holds, within its tolerance.' })
  passed!: boolean;
}

@ObjectType('QualityTable', { description: 'What the checks of one table found.' })
export class QualityTableType {
  @Field(() => String, { description: 'The table.' })
  table!: string;

  @Field(() => String, { ...nullable, description: 'Who answers for it.' })
  owner!: string | null;

  @Field(() => Float, { description: 'How many rows it has.' })
  rows!: number;

  @Field(() => Float, { description: 'Rows that a row check keeps from it.' })
  setAside!: number;

  @Field(() => Float, { ...nullable, description: 'Share of required cells that are filled.' })
  completeness!: number | null;

  @Field(() => Float, { ...nullable, description: 'Share of rows that pass every row check.' })
  accuracy!: number | null;

  @Field(() => [QualityCheckType], { description: 'Its checks.' })
  checks!: QualityCheckType[];
}

@ObjectType('QualityReport', { description: 'Every check over all tables, at one time.' })
export class QualityReportType {
  @Field(() => ID, { description: 'Its id.' })
  id!: string;

  @Field(() => String, { description: 'When it was made, an instant in UTC.' })
  madeAt!: string;

  @Field(() => String, { description: 'Who asked for it.' })
  requestedBy!: string;

  @Field(() => Int, { description: 'Failed checks of severity row or error.' })
  failed!: number;

  @Field(() => Int, { description: 'Failed checks of severity warn.' })
  warned!: number;

  @Field(() => [String], { description: 'Models whose last good version serves.' })
  held!: string[];

  @Field(() => [QualityTableType], { description: 'The tables in the order of their graph.' })
  tables!: QualityTableType[];
}
