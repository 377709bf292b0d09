/** Bodies of the requests about API keys. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsNumber,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { SCOPES } from '../../contracts/scopes.js';

export class CreateKeyDto {
  @ApiProperty({ example: 'marketing' })
  @IsString()
  @MaxLength(100)
  name!: string;

  @ApiProperty({ enum: SCOPES, isArray: true })
  @IsArray()
  @ArrayMaxSize(20)
  @IsString({ each: true })
  scopes!: string[];

  @ApiPropertyOptional({ description: 'The shop or channel of events; default: the name.' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  source?: string;

  @ApiPropertyOptional({
    description: 'Origins of the pages that may send with the key; default: every sender.',
    example: ['https://shop.example', 'https://*.shop.example'],
    isArray: true,
    type: String,
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @IsString({ each: true })
  @MaxLength(200, { each: true })
  origins?: string[];
}

export class RotateKeyDto {
  @ApiPropertyOptional({ description: 'How long the old key goes on working.', default: 24 })
  @IsNumber()
  @Min(0)
  @Max(24 * 90)
  overlap_hours: number = 24;
}
