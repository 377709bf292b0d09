/** Parameters and bodies of the requests about rejected events and tracking. */
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { MAX_REPLAYED_IDS, REJECTION_STATES, type RejectionState } from '../../ingest/index.js';

const REJECTION_ID = /^[0-9a-f]{32}$/;
const MAX_PAGE = 500;

class ArrivalDto {
  @ApiPropertyOptional({ description: 'The shop or channel of the key that sent it.' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  source?: string;

  @ApiPropertyOptional({
    description: 'First day (reporting timezone) or instant of arrival.',
    example: '2026-11-01',
  })
  @IsOptional()
  @IsString()
  @MaxLength(40)
  from?: string;

  @ApiPropertyOptional({ description: 'The day or instant after the last.', example: '2026-11-08' })
  @IsOptional()
  @IsString()
  @MaxLength(40)
  to?: string;
}

class SelectionDto extends ArrivalDto {
  @ApiPropertyOptional({ description: 'The name of the event.', example: 'Order Completed' })
  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  event?: string;

  @ApiPropertyOptional({ description: 'The contract it broke.', example: 'order_completed' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  contract?: string;
}

export class SummariseRejectedDto extends SelectionDto {
  @ApiPropertyOptional({ description: 'The code of one of its reasons.', example: 'required' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  code?: string;

  @ApiPropertyOptional({ enum: REJECTION_STATES, default: 'open' })
  @IsOptional()
  @IsIn(REJECTION_STATES)
  state?: RejectionState;
}

export class ListRejectedDto extends SummariseRejectedDto {
  @ApiPropertyOptional({ minimum: 1, maximum: MAX_PAGE, default: 50 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE)
  limit?: number;

  @ApiPropertyOptional({ description: 'The cursor of the answer before.' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  cursor?: string;
}

export class ReplayRejectedDto extends SelectionDto {
  @ApiPropertyOptional({ description: 'Only these; all that are open if left out.' })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MAX_REPLAYED_IDS)
  @Matches(REJECTION_ID, { each: true, message: 'each id is 32 hexadecimal digits' })
  ids?: string[];

  @ApiPropertyOptional({ description: 'The cursor of the answer before.' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  cursor?: string;
}

export class TrackingDto extends ArrivalDto {}
