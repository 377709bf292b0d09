/** Prometheus metrics of the service itself, served at /metrics. No label ever holds a key or a person. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export class Telemetry {
  readonly registry = new Registry();

  readonly eventsTotal = new Counter({
    name: 'cartograph_ingest_events_total',
    help: 'Events by outcome: accepted, rejected, duplicate.',
    labelNames: ['outcome'],
    registers: [this.registry],
  });

  readonly botEventsTotal = new Counter({
    name: 'cartograph_ingest_bot_events_total',
    help: 'Accepted events that came from a crawler or another robot.',
    registers: [this.registry],
  });

  readonly refusedRequests = new Counter({
    name: 'cartograph_ingest_refused_total',
    help: 'Requests to the collector answered 503 because it had all that it could take.',
    registers: [this.registry],
  });

  readonly limitedRequests = new Counter({
    name: 'cartograph_rate_limited_total',
    help: 'Requests answered 429, by what the limit is counted: key or address.',
    labelNames: ['by'],
    registers: [this.registry],
  });

  readonly insertSeconds = new Histogram({
    name: 'cartograph_bronze_insert_seconds',
    help: 'Duration of one group commit into a bronze table.',
    labelNames: ['table'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
    registers: [this.registry],
  });

  readonly bufferedRows = new Gauge({
    name: 'cartograph_bronze_buffered_rows',
    help: 'Rows that wait for a group commit.',
    labelNames: ['table'],
    registers: [this.registry],
  });

  readonly requestSeconds = new Histogram({
    name: 'cartograph_http_request_seconds',
    help: 'Duration of HTTP requests by route and status.',
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers: [this.registry],
  });

  readonly answersTotal = new Counter({
    name: 'cartograph_answers_total',
    help: 'Answers of the departments by where they were served from: cache or gold.',
    labelNames: ['served_from'],
    registers: [this.registry],
  });

  readonly modelSeconds = new Histogram({
    name: 'cartograph_model_run_seconds',
    help: 'Duration of one run of a model by outcome.',
    labelNames: ['model', 'status'],
    buckets: [0.05, 0.1, 0.5, 1, 5, 30, 120],
    registers: [this.registry],
  });

  readonly heldModels = new Gauge({
    name: 'cartograph_model_held',
    help: '1 for a model that failed a check and keeps serving its last good version.',
    labelNames: ['model'],
    registers: [this.registry],
  });

  readonly sourceRows = new Counter({
    name: 'cartograph_source_rows_total',
    help: 'Rows extracted from the shop database by outcome: loaded, ignored, rejected, unchanged.',
    labelNames: ['source', 'outcome'],
    registers: [this.registry],
  });

  readonly sourceUp = new Gauge({
    name: 'cartograph_source_up',
    help: '1 if the last extraction from the shop database went well, else 0.',
    labelNames: ['source'],
    registers: [this.registry],
  });

  readonly reconciliationDifferences = new Gauge({
    name: 'cartograph_reconciliation_differences',
    help: 'Orders missing, extra or differing in the last reconciliation with the shop database.',
    labelNames: ['source', 'kind'],
    registers: [this.registry],
  });

  readonly openAlerts = new Gauge({
    name: 'cartograph_alerts_open',
    help: 'Alerts that are open, by kind.',
    labelNames: ['kind'],
    registers: [this.registry],
  });

  readonly alertDeliveries = new Counter({
    name: 'cartograph_alert_deliveries_total',
    help: 'Attempts to deliver a notification, by channel and outcome: delivered, failed.',
    labelNames: ['channel', 'outcome'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }
}
