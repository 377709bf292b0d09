/** Sales: composes the shared metric questions and the two lists of its own. */
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
import { toEngineInstant, type Warehouse } from '../../platform/warehouse/warehouse.js';
import { MetricsService, type BreakdownArguments } from '../metrics/metrics.service.js';
import type { Comparison, Granularity } from '../metrics/range.js';
import { MAX_ROWS, type MetricArguments, type MetricRequest } from '../metrics/request.js';
import { toMetricValue, type EngineValue } from '../metrics/values.js';
import { SALES_DEPARTMENT } from './sales.metrics.js';

const sql = (name: string) => readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');

const QUERIES = {
  completeness: sql('completeness'),
  currencyExists: sql('currency_exists'),
  topCustomers: sql('top_customers'),
};

export type ListArguments = Pick<MetricArguments, 'from' | 'to' | 'timezone' | 'currency'> & {
  limit?: number;
};

const DEFAULT_LIST_ROWS = 10;
const TOP_PRODUCT_METRICS = ['gross_sales', 'units', 'orders'];
const TOP_CUSTOMER_METRICS = ['net_sales', 'gross_sales', 'refunds', 'orders'];

@Injectable()
export class SalesService {
  private readonly asked = {
    department: SALES_DEPARTMENT,
    findCompleteness: (request: MetricRequest) => this.findCompleteness(request),
  };

  constructor(
    private readonly metrics: MetricsService,
    private readonly warehouse: Warehouse,
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

  topProducts({ limit, ...given }: ListArguments): Promise<Answer<Breakdown>> {
    const rows = limit ?? DEFAULT_LIST_ROWS;
    return this.breakdown({ ...given, metrics: TOP_PRODUCT_METRICS, by: 'product', limit: rows });
  }

  /** Customers appear by their pseudonymous id; names and addresses are not in the warehouse. */
  async topCustomers({ limit, ...given }: ListArguments): Promise<Answer<Breakdown>> {
    const rows = limit ?? DEFAULT_LIST_ROWS;
    if (!Number.isInteger(rows) || rows < 1 || rows > MAX_ROWS) {
      throw new CodedError(
        'invalid_parameter',
        `\`limit\` is a whole number from 1 to ${MAX_ROWS}.`,
      );
    }
    const request = this.metrics.read(SALES_DEPARTMENT, {
      ...given,
      metrics: TOP_CUSTOMER_METRICS,
    });
    const question = ['top-customers', rows];
    const compute = async () => {
      const parameters = { ...rangeParameters(request), limit: rows };
      const found = await this.metrics.rows({ sql: QUERIES.topCustomers, parameters });
      return { rows: found.map((row) => customerRow(request, row)), cursor: null };
    };
    const reads = ['gold.fct_sales'];
    return this.metrics.answer(this.asked, request, question, request.range, compute, reads);
  }

  /** Currencies are never summed: what stands in another one is left out, and the answer says so. */
  private async findCompleteness(request: MetricRequest): Promise<Completeness> {
    const found = await this.warehouse.queryOne<{
      has_other_currencies: number;
      has_unknown_customers: number;
    }>('reader', QUERIES.completeness, rangeParameters(request));
    await this.requireKnownCurrency(request.currency);
    if (found.has_other_currencies) return 'partial';
    const isProvisional = request.metrics.some((metric) => metric.isProvisional);
    return isProvisional && found.has_unknown_customers ? 'provisional' : 'complete';
  }

  private async requireKnownCurrency(currency: string): Promise<void> {
    if (currency === this.config.reportingCurrency) return;
    const { is_known: isKnown } = await this.warehouse.queryOne<{ is_known: number }>(
      'reader',
      QUERIES.currencyExists,
      { currency },
    );
    if (!isKnown) {
      throw new CodedError(
        'currency_without_rate',
        `There are no orders and no rate in ${currency}.`,
      );
    }
  }
}

function rangeParameters({ range, currency }: MetricRequest) {
  return {
    currency,
    from: toEngineInstant(range.from.toJSDate()),
    to: toEngineInstant(range.to.toJSDate()),
  };
}

function customerRow(request: MetricRequest, row: Record<string, EngineValue>) {
  const values = request.metrics.map(({ id, unit }) => [
    id,
    toMetricValue(row[id], unit, request.currency),
  ]);
  return { key: String(row['key']), label: String(row['label']), ...Object.fromEntries(values) };
}
