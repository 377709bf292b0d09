/**
 * Answers any metric view as a CSV file where the request asks for one: by `format=csv`, or by
 * `Accept: text/csv` where no format is named. Every view that MetricView documents has it.
 */
import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import type { Answer, AnswerMeta } from '../../contracts/metric-contract.js';
import { toCsv } from './csv.js';
import { readFormat, type QueryString } from './rest-query.js';

type AnyAnswer = Answer<{ cursor?: unknown }>;

@Injectable()
export class CsvInterceptor implements NestInterceptor<AnyAnswer, AnyAnswer | string> {
  intercept(
    context: ExecutionContext,
    next: CallHandler<AnyAnswer>,
  ): Observable<AnyAnswer | string> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const format = readFormat(request.query as QueryString, request.headers.accept);
    void reply.header('vary', 'accept');
    if (format === 'json') return next.handle();
    return next.handle().pipe(
      map((answer) => {
        const text = toCsv(answer);
        const { cursor } = answer.data;
        if (typeof cursor === 'string') void reply.header('link', nextLink(request.url, cursor));
        void reply.headers({
          'content-type': 'text/csv; charset=utf-8',
          'content-disposition': `attachment; filename="${fileName(request.routeOptions.url)}"`,
          'x-cartograph-meta': metaHeader(answer.meta),
        });
        return text;
      }),
    );
  }
}

/** `/api/v1/sales/top-products` → `cartograph-sales-top-products.csv`, without path parameters. */
export function fileName(route = ''): string {
  const names = route
    .replace(/^\/api\/v\d+\//, '')
    .split('/')
    .filter((name) => /^[\w-]+$/.test(name));
  return `${['cartograph', ...names].join('-')}.csv`;
}

/** The same question with the cursor of the next page, as RFC 8288 links it. */
export function nextLink(url: string, cursor: string): string {
  // Two slashes at the start would name a host.
  const next = new URL(url.replace(/^\/+/, '/'), 'http://localhost');
  next.searchParams.set('cursor', cursor);
  return `<${next.pathname}${next.search}>; rel="next"`;
}

/**
 * The metric contract as one line of ASCII JSON. The formulas stay out: proxies take 4 to 8 KB of
 * headers, and the versions name them.
 */
export function metaHeader(meta: AnswerMeta): string {
  return JSON.stringify({ ...meta, formula: undefined }).replaceAll(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
