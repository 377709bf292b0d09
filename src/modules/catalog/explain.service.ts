/**
 * Explains one number: the value by the department's own service, the SQL that gives it, and what
 * stands behind it, from the models down to what arrived and what was left out. Counts, never rows.
 */
import { Injectable } from '@nestjs/common';
import type { Catalog, CatalogEntry, Evidence } from '../../analytics/index.js';
import { CodedError } from '../../contracts/errors.js';
import type { Answer } from '../../contracts/metric-contract.js';
import { hasScope, type Scope } from '../../contracts/scopes.js';
import type { Arrivals } from '../../ingest/index.js';
import type { MetricDefinition } from '../metrics/definition.js';
import type { MetricsService } from '../metrics/metrics.service.js';
import { summaryQuery } from '../metrics/query-builder.js';
import type { CatalogDepartment } from './departments.js';
import type {
  ExplainArguments,
  ExplainedMetric,
  ExplainedModel,
  Explanation,
} from './explanation.js';

/** Each department's own; `reports:read` reads no department. */
export const EXPLAIN_SCOPES = [
  'sales:read',
  'behaviour:read',
  'customers:read',
  'campaigns:read',
  'sentiment:read',
  'admin',
] as const satisfies readonly Scope[];

const EVENTS = 'bronze.events';
const RECORDS = 'bronze.records';

/** What is shown back of what a caller wrote. */
const MAX_SHOWN_CHARACTERS = 60;

interface Span {
  from: Date;
  to: Date;
}

@Injectable()
export class ExplainService {
  constructor(
    private readonly departments: readonly CatalogDepartment[],
    private readonly metrics: MetricsService,
    private readonly catalog: Catalog,
    private readonly evidence: Evidence,
    private readonly arrivals: Arrivals,
  ) {}

  /** Throws `unknown_metric`, and `forbidden` without the scope of the metric's department. */
  async explain(given: ExplainArguments, scopes: readonly Scope[]): Promise<Answer<Explanation>> {
    const { metric: id, department: asked, ...rest } = given;
    const { department, service } = this.choose(id, asked, scopes);
    const request = this.metrics.read(department, { ...rest, metrics: [id] });
    const { from, to } = request.range;
    // The range as it was read, so that both speak of the same days also around midnight.
    const range = { from: from.toISO(), to: to.toISO() };
    const question = { ...rest, ...range, metrics: [id], compare: 'none' as const };
    const { data, meta } = await service.summary(question);
    const { surface } = request;
    const entries = this.catalog.ancestry([surface.model, department.completenessModel]);
    const span = { from: surface.isStock ? new Date(0) : from.toJSDate(), to: to.toJSDate() };
    return {
      data: {
        metric: describe(request.metrics[0]!, department.id),
        value: data[id]!.value,
        query: { model: surface.model, ...summaryQuery(request, request.range) },
        ...(await this.behind(entries, span)),
      },
      meta,
    };
  }

  private async behind(entries: readonly CatalogEntry[], { from, to }: Span) {
    const names = entries.map(({ name }) => name);
    const hasEvents = names.includes(EVENTS);
    const hasRecords = names.includes(RECORDS);
    const [freshness, published, quarantined, orders, events, records, rejected] =
      await Promise.all([
        this.catalog.freshnessOf(new Set(names)),
        this.evidence.publications(names, from, to),
        this.evidence.quarantined(names, from, to),
        this.evidence.uncountedOrders(names, from, to),
        hasEvents ? this.arrivals.events(from, to) : null,
        hasRecords ? this.arrivals.records(from, to) : null,
        hasEvents ? this.arrivals.rejected(from, to) : null,
      ]);
    const models = entries.map((entry): ExplainedModel => {
      const { name, layer, kind, description, grain, owner, upstream, definition } = entry;
      const { state, as_of } = freshness.get(name)!;
      const partitions = published.partitions[name] ?? 0;
      const contract = { name, layer, kind, description, grain, owner, upstream, definition };
      return { ...contract, state, as_of, partitions };
    });
    const shortened = (list: string, groups: { isCut: boolean; rows: unknown[] } | null) =>
      groups?.isCut ? [`The ${groups.rows.length} largest of ${list}.`] : [];
    return {
      models,
      published: { versions: published.versions, runs: published.runs },
      arrivals: { events: events?.rows ?? null, records: records?.rows ?? null },
      left_out: {
        quarantined: quarantined.rows,
        rejected_events: rejected?.rows ?? null,
        orders,
      },
      cut: [
        ...published.cut,
        ...quarantined.cut,
        ...shortened('the sources of events', events),
        ...shortened('the loads', records),
        ...shortened('the kinds of rejected events', rejected),
      ],
    };
  }

  private choose(
    id: string,
    asked: string | undefined,
    scopes: readonly Scope[],
  ): CatalogDepartment {
    const named = this.departments.filter(
      ({ department }) => asked === undefined || department.id === asked,
    );
    const having = named.filter(({ department }) =>
      department.metrics.some((metric) => metric.id === id),
    );
    const readable = having.find(({ department }) => hasScope(scopes, department.scope));
    if (readable) return readable;
    if (having.length > 0) {
      const wanted = having.map(({ department }) => department.scope).join(' or ');
      throw new CodedError('forbidden', `The key lacks the scope ${wanted}.`);
    }
    const shown = JSON.stringify(id.slice(0, MAX_SHOWN_CHARACTERS));
    throw new CodedError(
      'unknown_metric',
      `No summary of a department has ${shown}; /api/v1/catalog/metrics lists those that one has ` +
        'with `is_summarised`.',
    );
  }
}

function describe(metric: MetricDefinition, department: string): ExplainedMetric {
  const { id, label, formula, version, unit, owner } = metric;
  return { id, department, label, formula, version, unit, owner };
}
