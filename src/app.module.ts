/** The only wiring: the opened platform goes in, the modules come out. Imported by main.ts. */
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, Reflector } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import {
  Freshness,
  loadProject,
  Quality,
  Runner,
  Schedules,
  Science,
  VersionBoard,
} from './analytics/index.js';
import { CATALOG_SOURCE } from './departments.js';
import { createIngestModule, RejectedEvents, ShopSource } from './ingest/index.js';
import { AccessController } from './modules/access/access.controller.js';
import { AlertsController } from './modules/alerts/alerts.controller.js';
import { alertsProviders } from './modules/alerts/alerts.providers.js';
import { BehaviourController } from './modules/behaviour/behaviour.controller.js';
import { BEHAVIOUR_DEPARTMENT } from './modules/behaviour/behaviour.metrics.js';
import { BehaviourResolver } from './modules/behaviour/behaviour.resolver.js';
import { BehaviourService } from './modules/behaviour/behaviour.service.js';
import { JourneysController } from './modules/behaviour/journeys.controller.js';
import { JourneysResolver } from './modules/behaviour/journeys.resolver.js';
import { JourneysService } from './modules/behaviour/journeys.service.js';
import { RetentionService } from './modules/behaviour/retention.service.js';
import { CampaignsController } from './modules/campaigns/campaigns.controller.js';
import { CAMPAIGNS_DEPARTMENT } from './modules/campaigns/campaigns.metrics.js';
import { campaignsProviders } from './modules/campaigns/campaigns.providers.js';
import { CampaignsService } from './modules/campaigns/campaigns.service.js';
import { CatalogController } from './modules/catalog/catalog.controller.js';
import { catalogProviders } from './modules/catalog/catalog.providers.js';
import { ExplainController } from './modules/catalog/explain.controller.js';
import { CustomersController } from './modules/customers/customers.controller.js';
import { CUSTOMERS_DEPARTMENT } from './modules/customers/customers.metrics.js';
import { customersProviders } from './modules/customers/customers.providers.js';
import { CustomersService } from './modules/customers/customers.service.js';
import { HealthController } from './modules/health/health.controller.js';
import { HealthService } from './modules/health/health.service.js';
import { AnswerCache } from './modules/metrics/answer-cache.js';
import { graphqlErrors } from './modules/metrics/graphql-errors.js';
import {
  GRAPHQL_LIMIT_RULES,
  GRAPHQL_LIMITS,
  graphqlCostLimit,
} from './modules/metrics/graphql-limits.js';
import { qualityProviders } from './modules/quality/quality.providers.js';
import { QualityController } from './modules/quality/quality.controller.js';
import { RunsResolver } from './modules/pipelines/runs.resolver.js';
import { Reconciled } from './modules/metrics/reconciled.js';
import { MetricsService } from './modules/metrics/metrics.service.js';
import { KeepingController } from './modules/keeping/keeping.controller.js';
import { keepingProviders } from './modules/keeping/keeping.providers.js';
import { LoadsController } from './modules/pipelines/loads.controller.js';
import { Periods } from './modules/pipelines/periods.js';
import { PipelinesController } from './modules/pipelines/pipelines.controller.js';
import { PipelinesService } from './modules/pipelines/pipelines.service.js';
import { ReconciliationSchedule } from './modules/pipelines/reconciliation.schedule.js';
import { ReconciliationService } from './modules/pipelines/reconciliation.service.js';
import { RejectedEventsController } from './modules/pipelines/rejected-events.controller.js';
import { SourcesController } from './modules/pipelines/sources.controller.js';
import { TrackingController } from './modules/pipelines/tracking.controller.js';
import {
  REPORT_DEPARTMENTS,
  REPORT_QUALITY,
  reportsProviders,
} from './modules/reports/reports.providers.js';
import type { Departments, QualitySource } from './modules/reports/report.js';
import { ReportsController } from './modules/reports/reports.controller.js';
import { SalesController } from './modules/sales/sales.controller.js';
import { SALES_DEPARTMENT } from './modules/sales/sales.metrics.js';
import { SalesResolver } from './modules/sales/sales.resolver.js';
import { SalesService } from './modules/sales/sales.service.js';
import { SentimentController } from './modules/sentiment/sentiment.controller.js';
import { SENTIMENT_DEPARTMENT } from './modules/sentiment/sentiment.metrics.js';
import { SentimentResolver } from './modules/sentiment/sentiment.resolver.js';
import { SentimentService } from './modules/sentiment/sentiment.service.js';
import { ApiKeys } from './platform/auth/api-keys.js';
import { AuditLog } from './platform/auth/audit-log.js';
import { ScopeGuard } from './platform/auth/scope.guard.js';
import { Clock } from './platform/clock/clock.js';
import { ProblemFilter } from './platform/http/problem.filter.js';
import { createValidationPipe } from './platform/http/validation.pipe.js';
import type { Platform } from './platform/platform.js';

class PlatformModule {}
class AnalyticsModule {}
class DepartmentsModule {}

@Module({})
export class AppModule {
  static create(platform: Platform): DynamicModule {
    return {
      module: AppModule,
      imports: [
        platformModule(platform),
        analyticsModule(platform),
        createIngestModule(platform),
        graphqlModule(platform),
        departmentsModule(platform),
      ],
      providers: [
        {
          provide: APP_GUARD,
          inject: [Reflector],
          useFactory: (reflector: Reflector) =>
            new ScopeGuard(reflector, platform.apiKeys, platform.localToken),
        },
        { provide: APP_FILTER, useFactory: () => new ProblemFilter(platform.logger) },
        { provide: APP_PIPE, useFactory: createValidationPipe },
      ],
    };
  }
}

/** What controllers ask for by class. */
function platformModule({ apiKeys, clock, controlDb }: Platform): DynamicModule {
  const providers: Provider[] = [
    { provide: AuditLog, useFactory: () => new AuditLog(controlDb.dataSource, clock) },
    { provide: ApiKeys, useValue: apiKeys },
    { provide: Clock, useValue: clock },
  ];
  return { module: PlatformModule, global: true, providers, exports: providers };
}

function analyticsModule(platform: Platform): DynamicModule {
  const project = loadProject(undefined, platform.config);
  const runner = new Runner(project, platform);
  const board = new VersionBoard(platform.controlDb.dataSource, platform.announcements);
  board.follow(runner.log.changed, runner.state.changed);
  return {
    module: AnalyticsModule,
    global: true,
    imports: [ScheduleModule.forRoot()],
    providers: [
      { provide: Runner, useValue: runner },
      { provide: Freshness, useValue: new Freshness(project, board) },
      {
        provide: Schedules,
        inject: [SchedulerRegistry],
        useFactory: (registry: SchedulerRegistry) =>
          new Schedules(registry, runner, platform.config, platform.logger, platform.clock),
      },
      {
        provide: PipelinesService,
        inject: [Freshness],
        useFactory: (freshness: Freshness) =>
          new PipelinesService(project, runner, freshness, platform.warehouse, platform.logger),
      },
    ],
    exports: [Runner, Freshness, Schedules, PipelinesService],
  };
}

const DEPARTMENT_CONTROLLERS = [
  HealthController,
  AccessController,
  PipelinesController,
  QualityController,
  LoadsController,
  SourcesController,
  RejectedEventsController,
  TrackingController,
  KeepingController,
  SalesController,
  BehaviourController,
  JourneysController,
  SentimentController,
  CustomersController,
  ReportsController,
  CampaignsController,
  AlertsController,
  CatalogController,
  ExplainController,
];

function departmentsModule(platform: Platform): DynamicModule {
  const { warehouse, cache, config, clock, controlDb, telemetry } = platform;
  return {
    module: DepartmentsModule,
    controllers: DEPARTMENT_CONTROLLERS,
    providers: [
      RunsResolver,
      SalesResolver,
      BehaviourResolver,
      JourneysResolver,
      SentimentResolver,
      ...operationsProviders(platform),
      ...qualityProviders(platform),
      ...keepingProviders(platform),
      {
        provide: MetricsService,
        inject: [Freshness],
        useFactory: (freshness: Freshness) =>
          new MetricsService(
            warehouse,
            new AnswerCache(cache, telemetry),
            freshness,
            new Reconciled(controlDb.dataSource, config),
            config,
            clock,
          ),
      },
      {
        provide: SalesService,
        inject: [MetricsService],
        useFactory: (metrics: MetricsService) => new SalesService(metrics, warehouse, config),
      },
      {
        provide: SentimentService,
        inject: [MetricsService],
        useFactory: (metrics: MetricsService) =>
          new SentimentService(metrics, new Science(platform.workers)),
      },
      ...[BehaviourService, JourneysService, RetentionService].map((service) => ({
        provide: service,
        inject: [MetricsService],
        useFactory: (metrics: MetricsService) => new service(metrics),
      })),
      ...customersProviders(platform),
      ...campaignsProviders(platform),
      ...reportsProviders(platform),
      ...alertsProviders(platform),
      ...reportSources(platform),
      ...catalogProviders(platform),
      CATALOG_SOURCE,
    ],
  };
}

/** What operators use beside the pipeline itself. */
function operationsProviders(platform: Platform): Provider[] {
  const { warehouse, cache, config, clock, controlDb, telemetry } = platform;
  return [
    { provide: Periods, useFactory: () => new Periods(config.reportingTimezone, clock) },
    {
      provide: ReconciliationService,
      inject: [ShopSource, Runner],
      useFactory: (shop: ShopSource, runner: Runner) =>
        new ReconciliationService(shop, runner, platform),
    },
    {
      provide: ReconciliationSchedule,
      inject: [SchedulerRegistry, ReconciliationService, ShopSource],
      useFactory: (registry: SchedulerRegistry, service: ReconciliationService, shop: ShopSource) =>
        new ReconciliationSchedule(registry, service, shop, platform.config),
    },
    {
      provide: HealthService,
      useFactory: () => new HealthService(controlDb, warehouse, cache, telemetry),
    },
  ];
}

/** The report asks each department's own service, and what is known of the data behind it. */
const reportSources = ({ controlDb }: Platform): Provider[] => [
  {
    provide: REPORT_QUALITY,
    inject: [RejectedEvents, ShopSource],
    useFactory: (rejected: RejectedEvents, shop: ShopSource): QualitySource => {
      const quality = new Quality(controlDb.dataSource);
      return {
        findings: async (from, to) => ({
          ...(await quality.findings(from, to)),
          rejected_events: await rejected.count(from, to),
        }),
        shopKnownAt: (until) => shop.knownAt(until),
      };
    },
  },
  {
    provide: REPORT_DEPARTMENTS,
    inject: [SalesService, BehaviourService, CustomersService, CampaignsService, SentimentService],
    useFactory: (
      sales: SalesService,
      behaviour: BehaviourService,
      customers: CustomersService,
      campaigns: CampaignsService,
      sentiment: SentimentService,
    ): Departments => ({
      sales: { metrics: SALES_DEPARTMENT.metrics, service: sales },
      behaviour: { metrics: BEHAVIOUR_DEPARTMENT.metrics, service: behaviour },
      customers: { metrics: CUSTOMERS_DEPARTMENT.metrics, service: customers },
      campaigns: { metrics: CAMPAIGNS_DEPARTMENT.metrics, service: campaigns },
      sentiment: { metrics: SENTIMENT_DEPARTMENT.metrics, service: sentiment },
    }),
  },
];

function graphqlModule({ config, logger, clock }: Platform): DynamicModule {
  const isDevelopment = config.environment === 'development';
  return GraphQLModule.forRoot<ApolloDriverConfig>({
    driver: ApolloDriver,
    path: '/graphql',
    autoSchemaFile: true,
    sortSchema: true,
    introspection: isDevelopment,
    graphiql: isDevelopment,
    fieldResolverEnhancers: ['guards'],
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: GRAPHQL_LIMITS.tokens },
    validationRules: GRAPHQL_LIMIT_RULES,
    plugins: [graphqlCostLimit(clock)],
    context: (request: unknown) => ({ req: request }),
    formatError: graphqlErrors(logger),
  });
}
