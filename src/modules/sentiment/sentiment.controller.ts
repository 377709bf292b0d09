/** REST of sentiment: reads the query string or the body, asks the service. */
import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { CodedError } from '../../contracts/errors.js';
import { RequireScope } from '../../platform/auth/access.js';
import { MetricView } from '../metrics/rest-docs.js';
import { readQuery, type QueryString } from '../metrics/rest-query.js';
import { ScoreDto } from './dto/score.dto.js';
import { SENTIMENT_DEPARTMENT as SENTIMENT, TEXT_DEPARTMENT } from './sentiment.metrics.js';
import { SentimentService } from './sentiment.service.js';

/** What support filters texts by most; `product=p1` is `filter[product]=p1`. */
const SHORT_FILTERS = ['product', 'topic', 'label'] as const;

@ApiTags('sentiment')
@Controller('api/v1/sentiment')
@RequireScope('sentiment:read')
export class SentimentController {
  constructor(private readonly sentiment: SentimentService) {}

  @Get('summary')
  @MetricView(SENTIMENT, 'Feedback of a range, compared.', ['metrics', 'compare'])
  summary(@Query() query: QueryString) {
    return this.sentiment.summary(readQuery(query, ['metrics', 'compare']));
  }

  @Get('series')
  @MetricView(SENTIMENT, 'Feedback over time.', ['metrics', 'granularity'])
  series(@Query() query: QueryString) {
    return this.sentiment.series(readQuery(query, ['metrics', 'granularity']));
  }

  @Get('breakdown')
  @MetricView(SENTIMENT, 'Feedback by a dimension.', ['metrics', 'by', 'limit', 'cursor'])
  breakdown(@Query() query: QueryString) {
    const { by, ...given } = readQuery(query, ['metrics', 'by', 'limit', 'cursor']);
    if (by === undefined) throw new CodedError('invalid_parameter', '`by` names a dimension.');
    return this.sentiment.breakdown({ ...given, by });
  }

  @Get('texts')
  @MetricView(TEXT_DEPARTMENT, 'The most telling texts with the words that made their score.', [
    'filter',
    'limit',
    'cursor',
  ])
  @ApiQuery({ name: 'product', required: false, description: 'Short for `filter[product]`.' })
  @ApiQuery({ name: 'topic', required: false, description: 'Short for `filter[topic]`.' })
  @ApiQuery({
    name: 'label',
    required: false,
    description: 'Short for `filter[label]`: positive, neutral or negative.',
  })
  texts(@Query() query: QueryString) {
    return this.sentiment.texts(readQuery(spelledOut(query), ['filter', 'limit', 'cursor']));
  }

  @Post('score')
  @HttpCode(200)
  @ApiBearerAuth()
  @ApiOperation({
    summary: 'Score texts as feedback is scored. Nothing is stored.',
    description:
      'Needs the scope sentiment:read. E-mails, phones, card numbers and IBANs are masked in the ' +
      'texts that the answer repeats.',
  })
  @ApiOkResponse({
    description:
      '`{"data": [{"text", "language", "compound", "positive", "neutral", "negative", "label", ' +
      '"drivers": [{"word", "weight"}], "topics", "scorer"}]}` in the order of the texts.',
  })
  async score(@Body() { texts }: ScoreDto) {
    return { data: await this.sentiment.score(texts) };
  }
}

function spelledOut(query: QueryString): QueryString {
  const isShort = (name: string) => SHORT_FILTERS.some((short) => short === name);
  const entries = Object.entries(query).map(([name, value]) => {
    if (!isShort(name)) return [name, value] as const;
    if (query[`filter[${name}]`] === undefined) return [`filter[${name}]`, value] as const;
    throw new CodedError('invalid_parameter', `\`${name}\` is given more than once.`);
  });
  return Object.fromEntries(entries);
}
