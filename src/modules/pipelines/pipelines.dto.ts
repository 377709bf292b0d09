/** Bodies and parameters of the pipeline's requests. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { Type } from 'class-transformer';
import type { RunStatus } from '../../platform/control-db/entities/pipeline.entities.js';

const TARGET = { message: 'target names a schedule, a model, or all' };
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export const RUN_STATUSES: readonly RunStatus[] = [
  'running',
  'published',
  'held',
  'failed',
  'cancelled',
];

export class StartRunDto {
  @ApiProperty({ description: 'A schedule, a model, or all.', example: 'all' })
  @Matches(/^[a-z0-9_.]{1,100}$/, TARGET)
  target!: string;

  @ApiPropertyOptional({
    description: 'Of a single model: publish it although checks fail, for this reason.',
    example: 'The agency confirmed the spend of Black Friday.',
  })
  @IsOptional()
  @IsString()
  @Length(3, 500)
  accept?: string;
}

export class StartBackfillDto {
  @ApiProperty({ description: 'The first day, in UTC.', example: '2026-03-01' })
  @Matches(DAY, { message: 'from is a day such as 2026-03-01' })
  from!: string;

  @ApiProperty({ description: 'The day after the last, in UTC.', example: '2026-04-01' })
  @Matches(DAY, { message: 'to is a day such as 2026-04-01' })
  to!: string;

  @ApiPropertyOptional({ description: 'A model, a schedule, or all (default).', example: 'all' })
  @IsOptional()
  @Matches(/^[a-z0-9_.]{1,100}$/, TARGET)
  target?: string;
}

export class ListRunsDto {
  @ApiPropertyOptional({ description: 'Only runs that stand so.', enum: RUN_STATUSES })
  @IsOptional()
  @IsIn(RUN_STATUSES)
  status?: RunStatus;

  @ApiPropertyOptional({ description: 'How many, at most 200.', default: 20 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit?: number;
}
