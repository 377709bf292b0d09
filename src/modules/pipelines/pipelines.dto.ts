/** Bodies of the pipeline's requests. */
import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';

export class StartRunDto {
  @ApiProperty({ description: 'A schedule, a model, or all.', example: 'all' })
  @Matches(/^[a-z0-9_.]{1,100}$/, { message: 'target names a schedule, a model, or all' })
  target!: string;
}
