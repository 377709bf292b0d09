/** The department's own views: top, segments, movements, cohorts, lifetime value. One query each. */
import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { DateTime } from 'luxon';
import { CodedError } from '../../contracts/errors.js';
import type { Answer } from '../../contracts/metric-contract.js';
import { fromEngineInstant, toEngineInstant } from '../../platform/warehouse/warehouse.js';
import type { MetricsService } from '../metrics/metrics.service.js';
import { BUCKETS } from '../metrics/query-builder.js';
import {
  bucketStarts,
  engineTimezone,
  requirePoints,
  type Granularity,
  type Range,
} from '../metrics/range.js';
import { MAX_ROWS, type MetricRequest } from '../metrics/request.js';
import type { EngineValue } from '../metrics/values.js';
import {
  clvData,
  cohortRows,
  movementRows,
  segmentRow,
  topCustomer,
  type Row,
} from './customer-lists.rows.js';
import {
  CLV_METRICS,
  COHORT_METRICS,
  listDepartment,
  MOVEMENT_METRICS,
  SEGMENT_METRICS,
  TOP_METRICS,
} from './customer-lists.metrics.js';
import type {
  ClvData,
  CohortArguments,
  CohortRow,
  MovementArguments,
  MovementRow,
  RangeArguments,
  Rows,
  SegmentRow,
  TopArguments,
  TopCustomer,
} from './customer-lists.types.js';
import type { CustomersService } from './customers.service.js';

const sql = (name: string) => readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');
const QUERIES = {
  top: sql('top'),
  segments: sql('segments'),
  movements: sql('movements'),
  cohorts: sql('cohorts'),
  clvFits: sql('clv_fits'),
  clvDeciles: sql('clv_deciles'),
};

export const TOP = listDepartment(TOP_METRICS);
export const SEGMENTS = listDepartment(SEGMENT_METRICS);
export const MOVEMENTS = listDepartment(MOVEMENT_METRICS, 'all');
export const COHORTS = listDepartment(COHORT_METRICS);
export const CLV = listDepartment(CLV_METRICS);

const DEFAULT_ROWS = 10;
const DEFAULT_PERIODS = 12;
const MAX_PERIODS = 100;
const EPOCH = DateTime.fromMillis(0, { zone: 'utc' }) as DateTime<true>;

@Injectable()
export class CustomerListsService {
  constructor(
    private readonly metrics: MetricsService,
    private readonly customers: CustomersService,
  ) {}

  /** Customers appear by their pseudonymous id. */
  async top({ limit, ...given }: TopArguments): Promise<Answer<Rows<TopCustomer>>> {
    const count = wholeNumber('limit', limit, DEFAULT_ROWS, MAX_ROWS);
    const request = this.metrics.read(TOP, given);
    const parameters = { ...rangeParameters(request), limit: count };
    const reads = ['gold.customer_orders', 'gold.customer_segments', 'gold.customer_clv'];
    return this.answer(
      TOP,
      request,
      ['top', count],
      async () => ({
        rows: (await this.rows(QUERIES.top, parameters)).map((row) => topCustomer(row, request)),
      }),
      reads,
    );
  }

  async segments(given: RangeArguments): Promise<Answer<Rows<SegmentRow>>> {
    const request = this.metrics.read(SEGMENTS, given);
    return this.answer(
      SEGMENTS,
      request,
      ['segments'],
      async () => {
        const rows = await this.rows(QUERIES.segments, rangeParameters(request));
        return { rows: rows.map((row) => segmentRow(row, request.currency)) };
      },
      ['gold.customer_orders', 'gold.customer_segments'],
    );
  }

  /** Periods are whole, also where the range begins or ends within one. */
  async movements(given: MovementArguments): Promise<Answer<Rows<MovementRow>>> {
    const { granularity, ...asked } = given;
    const unit = readPeriod(granularity);
    const request = this.metrics.read(MOVEMENTS, asked);
    const starts = bucketStarts(request.range, unit);
    const step = { [`${unit}s`]: 1 };
    const range: Range = {
      from: starts[0]!.minus(step).startOf(unit),
      to: starts.at(-1)!.plus(step).startOf(unit),
    };
    return this.answer(MOVEMENTS, request, ['movements', unit], async () => {
      const rows = await this.rows(bucketed(QUERIES.movements, unit), {
        ...rangeParameters({ ...request, range }),
        timezone: engineTimezone(request.timezone),
        unit,
      });
      return { rows: movementRows(rows, [range.from, ...starts]) };
    });
  }

  async cohorts(given: CohortArguments): Promise<Answer<Rows<CohortRow>>> {
    const { granularity, periods: askedPeriods, ...asked } = given;
    const unit = readPeriod(granularity);
    const periods = wholeNumber('periods', askedPeriods, DEFAULT_PERIODS, MAX_PERIODS);
    const request = this.metrics.read(COHORTS, asked);
    requirePoints(bucketStarts(request.range, unit).length * periods);
    return this.answer(COHORTS, request, ['cohorts', unit, periods], async () => {
      const rows = await this.rows(bucketed(QUERIES.cohorts, unit), {
        ...rangeParameters(request),
        timezone: engineTimezone(request.timezone),
        unit,
        periods,
      });
      return { rows: cohortRows(rows, request.currency) };
    });
  }

  async clv(given: RangeArguments): Promise<Answer<ClvData>> {
    const request = this.metrics.read(CLV, given);
    return this.answer(
      CLV,
      request,
      ['clv'],
      async () => {
        const [fits, deciles] = await Promise.all([
          this.rows(QUERIES.clvFits, rangeParameters(request)),
          this.rows(QUERIES.clvDeciles, { currency: request.currency }),
        ]);
        const isAsked = ({ as_of: at }: Row) => {
          const made = fromEngineInstant(String(at)).getTime();
          return made >= request.range.from.toMillis() && made < request.range.to.toMillis();
        };
        return clvData(fits, fits.filter(isAsked), deciles, request.currency);
      },
      ['gold.customer_orders', 'gold.clv_fits', 'gold.customer_clv'],
    );
  }

  private rows(statement: string, parameters: Record<string, EngineParameter>): Promise<Row[]> {
    return this.metrics.rows({ sql: statement, parameters });
  }

  /** What all these views read is remade as a whole, so that any publish makes them anew. */
  private answer<Data>(
    department: typeof TOP,
    request: MetricRequest,
    question: unknown[],
    compute: () => Promise<Data>,
    reads?: string[],
  ): Promise<Answer<Data>> {
    const findCompleteness = async (asked: MetricRequest) => {
      // A cohort orders after the range too.
      const until = asked.range.to.plus({ years: 100 });
      const reached = department === COHORTS ? { from: asked.range.from, to: until } : asked.range;
      const found = await this.customers.findCompleteness({ ...asked, range: reached });
      // People are counted whatever they paid in.
      return found === 'partial' && department === MOVEMENTS ? 'provisional' : found;
    };
    const span = { from: EPOCH, to: request.range.to.plus({ years: 100 }) };
    const asking = { department, findCompleteness };
    return this.metrics.answer(asking, request, question, span, compute, reads);
  }
}

type EngineParameter = Exclude<EngineValue, undefined>;

const bucketed = (statement: string, unit: Granularity) =>
  statement.replaceAll(/bucket_of\(([a-z_.]+)\)/g, (_, time: string) => BUCKETS[unit](time));

function rangeParameters({ range, currency }: Pick<MetricRequest, 'range' | 'currency'>) {
  return {
    currency,
    from: toEngineInstant(range.from.toJSDate()),
    to: toEngineInstant(range.to.toJSDate()),
  };
}

function wholeNumber(name: string, given: number | undefined, otherwise: number, max: number) {
  const number = given ?? otherwise;
  if (Number.isInteger(number) && number >= 1 && number <= max) return number;
  throw new CodedError('invalid_parameter', `\`${name}\` is a whole number from 1 to ${max}.`);
}

function readPeriod(given: Granularity = 'month'): Exclude<Granularity, 'hour'> {
  if (given !== 'hour') return given;
  throw new CodedError('invalid_parameter', '`granularity` is one of month, day, week.');
}
