/** GraphQL of sentiment: the same service as REST, in GraphQL's shapes. */
import { Args, Query, Resolver } from '@nestjs/graphql';
import { RequireScope } from '../../platform/auth/access.js';
import {
  fromGraphql,
  toBreakdownAnswer,
  toRowsAnswer,
  toSeriesAnswer,
  toSummaryAnswer,
} from '../metrics/department-types.js';
import {
  ScoreArgs,
  ScoredTextType,
  SentimentAnswers,
  SentimentArguments,
  TextArgs,
  TextsAnswer,
} from './dto/sentiment.types.js';
import { SentimentService } from './sentiment.service.js';

const { SummaryArgs, SeriesArgs, BreakdownArgs } = SentimentArguments;
const { SummaryAnswer, SeriesAnswer, BreakdownAnswer } = SentimentAnswers;

type ArgsOf<T extends new () => unknown> = InstanceType<T>;

/** They read feedback itself, or burn CPU: some five fit into one query. */
const COST = ({ childComplexity }: { childComplexity: number }) => childComplexity + 90;

@Resolver()
@RequireScope('sentiment:read')
export class SentimentResolver {
  constructor(private readonly sentiment: SentimentService) {}

  @Query(() => SummaryAnswer, { description: 'Feedback of a range, compared.' })
  async sentimentSummary(@Args({ type: () => SummaryArgs }) args: ArgsOf<typeof SummaryArgs>) {
    return toSummaryAnswer(await this.sentiment.summary(fromGraphql(args)));
  }

  @Query(() => SeriesAnswer, { description: 'Feedback over time.' })
  async sentimentSeries(@Args({ type: () => SeriesArgs }) args: ArgsOf<typeof SeriesArgs>) {
    return toSeriesAnswer(await this.sentiment.series(fromGraphql(args)));
  }

  @Query(() => BreakdownAnswer, { description: 'Feedback by a dimension.' })
  async sentimentBreakdown(
    @Args({ type: () => BreakdownArgs }) args: ArgsOf<typeof BreakdownArgs>,
  ) {
    return toBreakdownAnswer(await this.sentiment.breakdown(fromGraphql(args)));
  }

  @Query(() => TextsAnswer, {
    description: 'The most telling texts with the words that made their score.',
    complexity: COST,
  })
  async sentimentTexts(@Args({ type: () => TextArgs }) args: ArgsOf<typeof TextArgs>) {
    const answer = await this.sentiment.texts(fromGraphql(args));
    const { rows, meta } = toRowsAnswer(answer);
    const texts = rows.map(
      ({ created_at: createdAt, customer_id: customerId, product_name: productName, ...row }) => ({
        ...row,
        ...{ createdAt, customerId, productName },
      }),
    );
    return { rows: texts, cursor: answer.data.cursor, meta };
  }

  @Query(() => [ScoredTextType], {
    description: 'Scores texts as feedback is scored. Nothing is stored.',
    complexity: COST,
  })
  async sentimentScore(@Args({ type: () => ScoreArgs }) { texts }: ArgsOf<typeof ScoreArgs>) {
    return this.sentiment.score(texts);
  }
}
