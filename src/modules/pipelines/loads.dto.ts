/** Bodies of the requests about loads, extractions and reconciliations. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, Matches, MaxLength } from 'class-validator';

export class CreateLoadDto {
  @ApiProperty({ description: 'What the rows are, e.g. customers, orders, ad_spend.' })
  @IsString()
  @MaxLength(50)
  entity!: string;

  @ApiProperty({ description: 'The name of the file; its ending tells the format.' })
  @IsString()
  @MaxLength(200)
  file_name!: string;

  @ApiProperty({ description: 'The mapping, as YAML.' })
  @IsString()
  @MaxLength(200_000)
  mapping!: string;
}

export class StartLoadDto {
  @ApiPropertyOptional({
    description: 'SHA-256 of the file as hex: refused if it arrived otherwise.',
  })
  @IsOptional()
  @Matches(/^[0-9a-f]{64}$/, { message: 'sha256 is 64 hexadecimal digits' })
  sha256?: string;
}

export class StartExtractionDto {
  @ApiPropertyOptional({ description: 'Read every table from its beginning.' })
  @IsOptional()
  @IsBoolean()
  full?: boolean;

  @ApiPropertyOptional({ description: 'Compare keys, so that deleted rows are found.' })
  @IsOptional()
  @IsBoolean()
  deletions?: boolean;
}

export class StartReconciliationDto {
  @ApiProperty({ description: 'First day, in the reporting timezone.', example: '2026-11-01' })
  @IsString()
  @MaxLength(10)
  from!: string;

  @ApiProperty({ description: 'Day after the last.', example: '2026-11-08' })
  @IsString()
  @MaxLength(10)
  to!: string;
}
