/** The catalog of a key: the models, lineage and metrics that its departments may see. */
import { Injectable } from '@nestjs/common';
import type { Catalog, CatalogEntry, CatalogRow } from '../../analytics/index.js';
import { CodedError } from '../../contracts/errors.js';
import type { Unit } from '../../contracts/metric-contract.js';
import type { Scope } from '../../contracts/scopes.js';
import type { CatalogDepartment } from './departments.js';
import { modelsOf, seesAll, visibleMetrics, type VisibleMetric } from './visible.js';

export interface MetricReading {
  department: string;
  metric: string;
}

export interface CatalogModel extends CatalogRow {
  /** The metrics that read it directly. */
  metrics: MetricReading[];
}

export interface CatalogMetric {
  department: string;
  id: string;
  label: string;
  formula: string;
  version: number;
  unit: Unit;
  owner: string;
  dimensions: string[];
  /** That it reads directly. */
  models: string[];
  is_approximate: boolean;
  is_provisional: boolean;
  /** True if summary, series and breakdown answer it, and `explain` explains it. */
  is_summarised: boolean;
}

export interface LineageNode {
  name: string;
  layer: string;
  kind: string;
  owner: string;
}

export interface Lineage {
  nodes: LineageNode[];
  /** `from` is read by `to`. */
  edges: { from: string; to: string }[];
  metrics: (MetricReading & { models: string[] })[];
}

@Injectable()
export class CatalogService {
  constructor(
    private readonly catalog: Catalog,
    private readonly departments: readonly CatalogDepartment[],
  ) {}

  async models(scopes: readonly Scope[]): Promise<CatalogModel[]> {
    const names = this.visibleNames(scopes);
    return this.describe(names, names, scopes);
  }

  /** Throws `unknown_model`, also of one that the key may not see. */
  async model(name: string, scopes: readonly Scope[]): Promise<CatalogModel> {
    const visible = this.visibleNames(scopes);
    if (!visible.has(name)) {
      throw new CodedError(
        'unknown_model',
        'The catalog of this key has no such model; /api/v1/catalog/models lists what it has.',
      );
    }
    const [found] = await this.describe(new Set([name]), visible, scopes);
    return found!;
  }

  lineage(scopes: readonly Scope[]): Lineage {
    const entries = this.visibleEntries(scopes);
    const names = new Set(entries.map(({ name }) => name));
    return {
      nodes: entries.map(({ name, layer, kind, owner }) => ({ name, layer, kind, owner })),
      edges: entries.flatMap(({ name, upstream }) =>
        upstream.filter((from) => names.has(from)).map((from) => ({ from, to: name })),
      ),
      metrics: this.metricsOf(scopes).map(({ described, metric }) => ({
        department: described.department.id,
        metric: metric.id,
        models: Object.keys(metric.expression),
      })),
    };
  }

  metrics(scopes: readonly Scope[]): CatalogMetric[] {
    return this.metricsOf(scopes).map(({ described, metric, isSummarised }) => {
      const { department, ownSurfaces } = described;
      const { id, label, formula, version, unit, owner } = metric;
      const dimensions = [...department.surfaces, ...ownSurfaces]
        .filter(({ model }) => metric.expression[model] !== undefined)
        .flatMap((surface) => surface.dimensions.map((dimension) => dimension.id));
      return {
        ...{ department: department.id, id, label, formula, version, unit, owner },
        dimensions: [...new Set(dimensions)],
        models: Object.keys(metric.expression),
        is_approximate: metric.isApproximate ?? false,
        is_provisional: metric.isProvisional ?? false,
        is_summarised: isSummarised,
      };
    });
  }

  private async describe(
    names: ReadonlySet<string>,
    visible: ReadonlySet<string>,
    scopes: readonly Scope[],
  ): Promise<CatalogModel[]> {
    const isVisible = (name: string) => visible.has(name);
    const metrics = this.metricsOf(scopes);
    const rows = await this.catalog.rows(names);
    return rows.map((row) => ({
      ...row,
      upstream: row.upstream.filter(isVisible),
      downstream: row.downstream.filter(isVisible),
      metrics: metrics
        .filter(({ metric }) => metric.expression[row.name] !== undefined)
        .map(({ described, metric }) => ({
          department: described.department.id,
          metric: metric.id,
        })),
    }));
  }

  private metricsOf(scopes: readonly Scope[]): VisibleMetric[] {
    return visibleMetrics(this.departments, scopes);
  }

  private visibleEntries(scopes: readonly Scope[]): readonly CatalogEntry[] {
    if (seesAll(scopes)) return this.catalog.entries;
    return this.catalog.ancestry(modelsOf(this.metricsOf(scopes)));
  }

  private visibleNames(scopes: readonly Scope[]): ReadonlySet<string> {
    return new Set(this.visibleEntries(scopes).map(({ name }) => name));
  }
}
