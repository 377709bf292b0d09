/** Sales: composes the shared metric questions and the two lists of its own. */
import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { CodedError } from '../../contracts/errors.js';
import type {
  Answer,
  Breakdown,
  Completeness,
  MetricValue,
  Series,
  Summary,
} from '../../contracts/metric-contract.js';
import type { AppConfig } from '../../platform/config/config.js';
import { toEngineInstant, type Warehouse } from '../../platform/warehouse/warehouse.js';
import { MetricsService, type BreakdownArguments } from '../metrics/metrics.service.js';
import type { Comparison, Granularity } from '../metrics/range.js';
import { MAX_ROWS, type MetricArguments, type MetricRequest } from '../metrics/request.js';
import { toMetricValue, type EngineValue } from '../metrics/values.js';
import { PAIR_DEPARTMENT, SALES_DEPARTMENT } from './sales.metrics.js';

const sql = (name: string) => readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');

const QUERIES = {
  completeness: sql('completeness'),
  currencyExists: sql('currency_exists'),
  topCustomers: sql('top_customers'),
  boughtTogether: sql('bought_together'),
};

export interface PairArguments extends Pick<MetricArguments, 'from' | 'to' | 'timezone'> {
  /** Only pairs with this product. */
  product?: string;
  /** How many orders must hold each product and the pair. */
  minOrders?: number;
  limit?: number;
}

/** Two products in the same orders, seen from the first. */
export interface PairRow {
  key: string;
  label: string;
  product: string;
  other: string;
  /** Orders that hold both. */
  orders: number;
  /** Of all orders with products. */
  support: MetricValue;
  /** Of the orders that hold the first. */
  confidence: MetricValue;
  /** Confidence / the share of orders that hold the other: above 1 they attract one another. */
  lift: MetricValue;
}

export type ListArguments = Pick<MetricArguments, 'from' | 'to' | 'timezone' | 'currency'> & {
  limit?: number;
};

const DEFAULT_LIST_ROWS = 10;
const MAX_ORDERS = 1_000_000;
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
    requireWhole('limit', rows, MAX_ROWS);
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

  /** Orders in every currency count: nothing is summed. */
  async boughtTogether(given: PairArguments): Promise<Answer<{ rows: PairRow[] }>> {
    const { product = '', minOrders = 2, limit = DEFAULT_LIST_ROWS, ...asked } = given;
    if (given.product === '') {
      throw new CodedError('invalid_parameter', '`product` is the id of a product.');
    }
    requireWhole('limit', limit, MAX_ROWS);
    requireWhole('min_orders', minOrders, MAX_ORDERS);
    const request = this.metrics.read(PAIR_DEPARTMENT, asked);
    const question = ['bought-together', product, minOrders, limit];
    const compute = async () => {
      const { from, to } = rangeParameters(request);
      const parameters = { from, to, product, min_orders: minOrders, limit };
      const found = await this.metrics.rows({ sql: QUERIES.boughtTogether, parameters });
      return { rows: found.map(pairRow) };
    };
    const asking = {
      department: PAIR_DEPARTMENT,
      findCompleteness: async () => 'complete' as const,
    };
    return this.metrics.answer(asking, request, question, request.range, compute);
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

function requireWhole(name: string, number: number, max: number): void {
  if (Number.isInteger(number) && number >= 1 && number <= max) return;
  throw new CodedError('invalid_parameter', `\`${name}\` is a whole number from 1 to ${max}.`);
}

function pairRow(row: Record<string, EngineValue>): PairRow {
  const ratio = (name: string) => toMetricValue(row[name], 'ratio', '');
  return {
    key: `${row['product']}|${row['other']}`,
    label: `${row['product_label']} + ${row['other_label']}`,
    product: String(row['product']),
    other: String(row['other']),
    orders: Number(row['orders']),
    support: ratio('support'),
    confidence: ratio('confidence'),
    lift: ratio('lift'),
  };
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
