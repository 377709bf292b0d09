/** Bodies of the requests about API keys. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsOptional, IsString, MaxLength } from 'class-validator';
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
}
