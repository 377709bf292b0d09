/** GraphQL of campaigns: the same services as REST, in GraphQL's shapes. */
import { Args, Query, Resolver } from '@nestjs/graphql';
import { RequireScope } from '../../platform/auth/access.js';
import {
  fromGraphql,
  toBreakdownAnswer,
  toRowsAnswer,
  toSeriesAnswer,
  toSummaryAnswer,
} from '../metrics/department-types.js';
import { AttributionService, type TouchRow, type UnmatchedRow } from './attribution.service.js';
import { MODEL_IDS } from './attribution.metrics.js';
import { CampaignsService } from './campaigns.service.js';
import {
  AttributionArgs,
  ModelsArgs,
  TouchpointsAnswer,
  TouchpointsArgs,
  UnmatchedAnswer,
  UnmatchedArgs,
} from './dto/attribution.types.js';
import {
  CampaignsAnswers,
  CampaignsArguments,
  CreditsAnswers,
  ModelsAnswers,
} from './dto/campaigns.types.js';

const { SummaryArgs, SeriesArgs, BreakdownArgs } = CampaignsArguments;
const { SummaryAnswer, SeriesAnswer, BreakdownAnswer } = CampaignsAnswers;

type ArgsOf<T extends new () => unknown> = InstanceType<T>;

/** With a lookback they read sessions and orders, not aggregates: some five fit into one query. */
const COST = ({ childComplexity }: { childComplexity: number }) => childComplexity + 90;

@Resolver()
@RequireScope('campaigns:read')
export class CampaignsResolver {
  constructor(
    private readonly campaigns: CampaignsService,
    private readonly attributions: AttributionService,
  ) {}

  @Query(() => SummaryAnswer, { description: 'Campaigns in a range, compared.' })
  async campaignSummary(@Args({ type: () => SummaryArgs }) args: ArgsOf<typeof SummaryArgs>) {
    return toSummaryAnswer(await this.campaigns.summary(fromGraphql(args)));
  }

  @Query(() => SeriesAnswer, { description: 'Campaigns over time.' })
  async campaignSeries(@Args({ type: () => SeriesArgs }) args: ArgsOf<typeof SeriesArgs>) {
    return toSeriesAnswer(await this.campaigns.series(fromGraphql(args)));
  }

  @Query(() => BreakdownAnswer, { description: 'Campaigns by a dimension.' })
  async campaignBreakdown(@Args({ type: () => BreakdownArgs }) args: ArgsOf<typeof BreakdownArgs>) {
    return toBreakdownAnswer(await this.campaigns.breakdown(fromGraphql(args)));
  }

  @Query(() => CreditsAnswers.BreakdownAnswer, {
    description: 'Who is credited with orders, by one model.',
    complexity: COST,
  })
  async campaignAttribution(
    @Args({ type: () => AttributionArgs }) args: ArgsOf<typeof AttributionArgs>,
  ) {
    return toBreakdownAnswer(await this.attributions.attribution(fromGraphql(args)));
  }

  @Query(() => ModelsAnswers.BreakdownAnswer, {
    description: 'What each model of attribution credits, side by side.',
    complexity: COST,
  })
  async campaignModels(@Args({ type: () => ModelsArgs }) args: ArgsOf<typeof ModelsArgs>) {
    return toBreakdownAnswer(await this.attributions.models(fromGraphql(args)));
  }

  @Query(() => TouchpointsAnswer, {
    description: 'The sessions behind one order, and what each is credited with.',
  })
  async campaignTouchpoints(
    @Args({ type: () => TouchpointsArgs }) { orderId }: ArgsOf<typeof TouchpointsArgs>,
  ) {
    const { rows, meta } = toRowsAnswer(await this.attributions.touchpoints({ orderId }));
    return { rows: rows.map(toTouchpoint), meta };
  }

  @Query(() => UnmatchedAnswer, {
    description: 'Spend that no session ever bore out, and campaigns of sessions without spend.',
  })
  async campaignUnmatched(@Args({ type: () => UnmatchedArgs }) args: ArgsOf<typeof UnmatchedArgs>) {
    const { rows, meta } = toRowsAnswer(await this.attributions.unmatched(fromGraphql(args)));
    return { rows: rows.map(toUnmatched), meta };
  }
}

function toTouchpoint({ session_id, touched_at, utm_source, landing_page, ...row }: TouchRow) {
  const weights = MODEL_IDS.map((model) => ({ model, weight: row.weights[model] }));
  return {
    ...row,
    weights,
    sessionId: session_id,
    touchedAt: touched_at,
    utmSource: utm_source,
    landingPage: landing_page,
  };
}

function toUnmatched({ found_in, utm_source, ...row }: UnmatchedRow) {
  return { ...row, foundIn: found_in, utmSource: utm_source };
}
