/** Bodies of the requests about what is kept. */
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, MaxLength } from 'class-validator';

export class StartBackupDto {
  @ApiPropertyOptional({
    description:
      'Where the file goes, as an absolute path of the service. Only for the command line of the ' +
      'same machine; else DATA_DIR/backups.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(4_096)
  file?: string;

  @ApiPropertyOptional({
    description: 'Whether the secret goes in, without which the vault of the copy stays closed.',
    default: false,
  })
  @IsOptional()
  @IsBoolean()
  with_secret?: boolean;
}
