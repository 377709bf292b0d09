/** Campaigns: the three questions that every department takes. */
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
import type { Department } from '../metrics/definition.js';
import type {
  AskedDepartment,
  BreakdownArguments,
  MetricsService,
} from '../metrics/metrics.service.js';
import type { Comparison, Granularity } from '../metrics/range.js';
import type { MetricArguments, MetricRequest } from '../metrics/request.js';
import { CAMPAIGNS_DEPARTMENT } from './campaigns.metrics.js';

const sql = (name: string) => readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');
const COMPLETENESS_SQL = sql('completeness');
const CURRENCY_EXISTS_SQL = sql('currency_exists');

@Injectable()
export class CampaignsService {
  private readonly department = this.asking(CAMPAIGNS_DEPARTMENT);

  constructor(
    private readonly metrics: MetricsService,
    private readonly config: AppConfig,
  ) {}

  summary(given: MetricArguments & { compare?: Comparison }): Promise<Answer<Summary>> {
    return this.metrics.summary(this.department, given);
  }

  series(given: MetricArguments & { granularity?: Granularity }): Promise<Answer<Series>> {
    return this.metrics.series(this.department, given);
  }

  breakdown(given: BreakdownArguments): Promise<Answer<Breakdown>> {
    return this.metrics.breakdown(this.department, given);
  }

  /** A department of campaigns with how it finds out how complete an answer is. */
  asking(department: Department): AskedDepartment {
    return { department, findCompleteness: (request) => this.findCompleteness(request) };
  }

  /** Currencies are never summed: what stands in another one is left out, and the answer says so. */
  private async findCompleteness(request: MetricRequest): Promise<Completeness> {
    const { range, currency } = request;
    const from = toEngineInstant(range.from.toJSDate());
    const to = toEngineInstant(range.to.toJSDate());
    const parameters = { currency, from, to };
    const [found] = await this.metrics.rows({ sql: COMPLETENESS_SQL, parameters });
    await this.requireKnownCurrency(currency);
    if (Number(found?.['has_other_currencies']) > 0) return 'partial';
    const isProvisional = request.metrics.some((metric) => metric.isProvisional);
    const hasUnknown = Number(found?.['has_unknown_customers']) > 0;
    return isProvisional && hasUnknown ? 'provisional' : 'complete';
  }

  private async requireKnownCurrency(currency: string): Promise<void> {
    if (currency === this.config.reportingCurrency) return;
    const query = { sql: CURRENCY_EXISTS_SQL, parameters: { currency } };
    const [found] = await this.metrics.rows(query);
    if (Number(found?.['is_known']) > 0) return;
    throw new CodedError(
      'currency_without_rate',
      `There are no orders, no spend and no rate in ${currency}.`,
    );
  }
}
