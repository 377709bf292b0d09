/** Body of the request that scores texts. */
import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsString, MaxLength } from 'class-validator';
import { SCORE_LIMITS } from '../sentiment.service.js';

export class ScoreDto {
  @ApiProperty({
    description: '1 to 1,000, each of at most 20,000 characters, in all 200,000.',
    example: ['Lovely mug, but it came late.'],
    isArray: true,
    type: String,
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(SCORE_LIMITS.texts)
  @IsString({ each: true })
  @MaxLength(SCORE_LIMITS.charactersEach, { each: true })
  texts!: string[];
}
