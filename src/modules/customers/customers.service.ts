/** Customers: the three questions that every department takes, and how complete their answers are. */
import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { CodedError } from '../../contracts/errors.js';
import type {
  Answer,
  Breakdown,
  Completeness,
  Series,
  Summary,
} from '../../contracts/metric-contract.js';
import type { AppConfig } from '../../platform/config/config.js';
import { toEngineInstant } from '../../platform/warehouse/warehouse.js';
import type { BreakdownArguments, MetricsService } from '../metrics/metrics.service.js';
import type { Comparison, Granularity } from '../metrics/range.js';
import type { MetricArguments, MetricRequest } from '../metrics/request.js';
import { CUSTOMERS_DEPARTMENT } from './customers.metrics.js';

const sql = (name: string) => readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');
const QUERIES = {
  completeness: sql('completeness'),
  currencyExists: sql('currency_exists'),
};

@Injectable()
export class CustomersService {
  private readonly asked = {
    department: CUSTOMERS_DEPARTMENT,
    findCompleteness: (request: MetricRequest) => this.findCompleteness(request),
  };

  constructor(
    private readonly metrics: MetricsService,
    private readonly config: AppConfig,
  ) {}

  summary(given: MetricArguments & { compare?: Comparison }): Promise<Answer<Summary>> {
    return this.metrics.summary(this.asked, given);
  }

  series(given: MetricArguments & { granularity?: Granularity }): Promise<Answer<Series>> {
    return this.metrics.series(this.asked, given);
  }

  breakdown(given: BreakdownArguments): Promise<Answer<Breakdown>> {
    return this.metrics.breakdown(this.asked, given);
  }

  /**
   * Currencies are never summed: what stands in another one is left out, and the answer says so.
   * While orders have no known buyer, stitching may still find one.
   */
  async findCompleteness({ range, currency }: MetricRequest): Promise<Completeness> {
    const parameters = {
      currency,
      from: toEngineInstant(range.from.toJSDate()),
      to: toEngineInstant(range.to.toJSDate()),
    };
    const [found] = await this.metrics.rows({ sql: QUERIES.completeness, parameters });
    await this.requireKnownCurrency(currency);
    if (Number(found?.['has_other_currencies']) > 0) return 'partial';
    return Number(found?.['has_unknown_customers']) > 0 ? 'provisional' : 'complete';
  }

  private async requireKnownCurrency(currency: string): Promise<void> {
    if (currency === this.config.reportingCurrency) return;
    const query = { sql: QUERIES.currencyExists, parameters: { currency } };
    const [found] = await this.metrics.rows(query);
    if (Number(found?.['is_known']) > 0) return;
    throw new CodedError(
      'currency_without_rate',
      `There are no orders of known customers and no rate in ${currency}.`,
    );
  }
}
