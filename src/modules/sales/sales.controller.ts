/** REST of sales: reads the query string, asks the service. */
import { Controller, Get, Query } from '@nestjs/common';
import { ApiQuery, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '../../platform/auth/access.js';
import { CodedError } from '../../contracts/errors.js';
import { MetricView } from '../metrics/rest-docs.js';
import { readQuery, type QueryString } from '../metrics/rest-query.js';
import { PAIR_DEPARTMENT, SALES_DEPARTMENT as SALES } from './sales.metrics.js';
import { SalesService } from './sales.service.js';

@ApiTags('sales')
@Controller('api/v1/sales')
@RequireScope('sales:read')
export class SalesController {
  constructor(private readonly sales: SalesService) {}

  @Get('summary')
  @MetricView(SALES, 'Sales of a range, compared.', ['metrics', 'compare'])
  summary(@Query() query: QueryString) {
    return this.sales.summary(readQuery(query, ['metrics', 'compare']));
  }

  @Get('series')
  @MetricView(SALES, 'Sales over time.', ['metrics', 'granularity'])
  series(@Query() query: QueryString) {
    return this.sales.series(readQuery(query, ['metrics', 'granularity']));
  }

  @Get('breakdown')
  @MetricView(SALES, 'Sales by a dimension.', ['metrics', 'by', 'limit', 'cursor'])
  breakdown(@Query() query: QueryString) {
    const { by, ...given } = readQuery(query, ['metrics', 'by', 'limit', 'cursor']);
    if (by === undefined) throw new CodedError('invalid_parameter', '`by` names a dimension.');
    return this.sales.breakdown({ ...given, by });
  }

  @Get('top-products')
  @MetricView(SALES, 'Products by gross sales.', ['limit'])
  topProducts(@Query() query: QueryString) {
    return this.sales.topProducts(readQuery(query, ['limit']));
  }

  @Get('bought-together')
  @MetricView(PAIR_DEPARTMENT, 'Pairs of products in the same orders.', ['limit'])
  @ApiQuery({ name: 'product', required: false, description: 'Only pairs with this product.' })
  @ApiQuery({
    name: 'min_orders',
    required: false,
    description: 'How many orders must hold a pair. Default: 2.',
  })
  boughtTogether(@Query() { product, min_orders: minOrders, ...query }: QueryString) {
    return this.sales.boughtTogether({
      ...readQuery(query, ['limit']),
      ...(product === undefined ? {} : { product: single('product', product) }),
      ...(minOrders === undefined ? {} : { minOrders: toWhole(single('min_orders', minOrders)) }),
    });
  }

  @Get('top-customers')
  @MetricView(SALES, 'Known customers by net sales.', ['limit'])
  topCustomers(@Query() query: QueryString) {
    return this.sales.topCustomers(readQuery(query, ['limit']));
  }
}

function single(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new CodedError('invalid_parameter', `\`${name}\` is given more than once.`);
}

const toWhole = (text: string) => (/^\d{1,7}$/.test(text) ? Number(text) : Number.NaN);
