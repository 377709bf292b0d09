/** Behaviour: the three questions that every department takes. */
import { Injectable } from '@nestjs/common';
import type { Answer, Breakdown, Series, Summary } from '../../contracts/metric-contract.js';
import type { BreakdownArguments, MetricsService } from '../metrics/metrics.service.js';
import type { Comparison, Granularity } from '../metrics/range.js';
import type { MetricArguments } from '../metrics/request.js';
import { BEHAVIOUR_DEPARTMENT } from './behaviour.metrics.js';

@Injectable()
export class BehaviourService {
  /** Visitors never change by identity stitching, and nothing is left out. */
  private readonly asked = {
    department: BEHAVIOUR_DEPARTMENT,
    findCompleteness: async () => 'complete' as const,
  };

  constructor(private readonly metrics: MetricsService) {}

  summary(given: MetricArguments & { compare?: Comparison }): Promise<Answer<Summary>> {
    return this.metrics.summary(this.asked, given);
  }

  series(given: MetricArguments & { granularity?: Granularity }): Promise<Answer<Series>> {
    return this.metrics.series(this.asked, given);
  }

  breakdown(given: BreakdownArguments): Promise<Answer<Breakdown>> {
    return this.metrics.breakdown(this.asked, given);
  }
}
