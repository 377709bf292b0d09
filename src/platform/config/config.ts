/**
 * Configuration: one class, validated once at boot, frozen. The only reader of the environment.
 * Everybody may import it. An error names the variable and what is expected, never the value.
 */
import 'reflect-metadata';
import {
  Matches,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  Max,
  Min,
  MinLength,
  validateSync,
} from 'class-validator';
import { IsAddressList } from './is-address-list.js';
import { IsTimezone } from './is-timezone.js';

interface Variable {
  name: string;
  expected: string;
  read: (text: string) => unknown;
}

const text = (name: string, expected: string): Variable => ({ name, expected, read: (t) => t });
const integer = (name: string, expected: string): Variable => ({
  name,
  expected,
  read: (t) => (/^-?\d+$/.test(t) ? Number(t) : Number.NaN),
});

const boolean = (name: string): Variable => ({
  name,
  expected: 'true or false',
  read: (t) => (t === 'true' ? true : t === 'false' ? false : t),
});

/** The environment variable behind each field, with what it expects, for errors and for --help. */
export const VARIABLES: Record<keyof AppConfig, Variable> = {
  port: integer('PORT', 'a whole number from 0 to 65535 (0 picks a free port)'),
  host: text('HOST', 'a host name or address to listen on'),
  dataDir: text('DATA_DIR', 'a folder that the service may write to'),
  databaseUrl: text('DATABASE_URL', 'a postgres:// or postgresql:// URL, or nothing'),
  clickhouseUrl: text('CLICKHOUSE_URL', 'an http:// or https:// URL, or nothing'),
  redisUrl: text('REDIS_URL', 'a redis:// or rediss:// URL, or nothing'),
  secret: text('CARTOGRAPH_SECRET', 'at least 32 characters, or nothing'),
  reportingCurrency: text('REPORTING_CURRENCY', 'an ISO 4217 code such as EUR'),
  reportingTimezone: text('REPORTING_TIMEZONE', 'an IANA timezone such as Europe/Vienna'),
  warehouseMemoryMb: integer('WAREHOUSE_MEMORY_MB', 'a whole number of megabytes, at least 256'),
  streamingIntervalMs: integer(
    'STREAMING_INTERVAL_MS',
    'a whole number of milliseconds from 200 to 300000',
  ),
  schedules: text('SCHEDULES', 'on or off'),
  shopDatabaseUrl: text(
    'SHOP_DATABASE_URL',
    "the postgres:// or postgresql:// URL of the shop's own database, or nothing",
  ),
  shopMapping: text('SHOP_MAPPING', 'the path of the mapping of that database, or nothing'),
  shopIntervalMs: integer('SHOP_INTERVAL_MS', 'a whole number of milliseconds from 1000 to 300000'),
  fxRatesUrl: text(
    'FX_RATES_URL',
    'the http:// or https:// URL of a file of exchange rates, or nothing',
  ),
  fxRatesMapping: text('FX_RATES_MAPPING', 'the path of the mapping of that file, or nothing'),
  geoipDb: text('GEOIP_DB', 'the path of a MaxMind country database, or nothing'),
  trustedProxies: text(
    'TRUSTED_PROXIES',
    'addresses or CIDR ranges of your own proxies, separated by commas, or nothing',
  ),
  keyEventsPerSecond: integer(
    'KEY_EVENTS_PER_SECOND',
    'a whole number of events from 0 (no limit) to 10000000',
  ),
  addressRequestsPerSecond: integer(
    'ADDRESS_REQUESTS_PER_SECOND',
    'a whole number of requests from 0 (no limit) to 10000000',
  ),
  maxConnections: integer('MAX_CONNECTIONS', 'a whole number from 1 to 1000000'),
  rawRetentionMonths: integer(
    'RAW_RETENTION_MONTHS',
    'a whole number of months from 0 (for ever) to 1200',
  ),
  factRetentionMonths: integer(
    'FACT_RETENTION_MONTHS',
    'a whole number of months from 0 (for ever) to 1200',
  ),
  reportTime: text('REPORT_TIME', 'a time of day such as 06:00'),
  reportFolder: text('REPORT_FOLDER', 'a folder that the service may write to, or nothing'),
  reportWebhookUrl: text('REPORT_WEBHOOK_URL', 'an http:// or https:// URL, or nothing'),
  reportWebhookSecret: text('REPORT_WEBHOOK_SECRET', 'at least 16 characters, or nothing'),
  reportSlackUrl: text('REPORT_SLACK_URL', 'the https:// URL of a Slack webhook, or nothing'),
  alertWebhookUrl: text('ALERT_WEBHOOK_URL', 'an http:// or https:// URL, or nothing'),
  alertWebhookSecret: text('ALERT_WEBHOOK_SECRET', 'at least 16 characters, or nothing'),
  alertSlackUrl: text('ALERT_SLACK_URL', 'the https:// URL of a Slack webhook, or nothing'),
  alertPagerdutyKey: text(
    'ALERT_PAGERDUTY_KEY',
    'the integration key of a PagerDuty service (Events API v2), or nothing',
  ),
  alertPagerdutyUrl: text('ALERT_PAGERDUTY_URL', "the https:// URL of PagerDuty's Events API v2"),
  allowPrivateWebhooks: boolean('ALLOW_PRIVATE_WEBHOOKS'),
  ingestionSilenceMinutes: integer(
    'INGESTION_SILENCE_MINUTES',
    'a whole number of minutes from 0 (off) to 43200',
  ),
  logLevel: text('LOG_LEVEL', 'one of fatal, error, warn, info, debug, trace, silent'),
  environment: text('NODE_ENV', 'one of production, development, test'),
};

const WEB_URL = /^https?:\/\/\S+$/;

export class AppConfig {
  @IsInt() @Min(0) @Max(65535) readonly port: number = 3000;
  @Matches(/^[\w.:-]+$/) readonly host: string = '127.0.0.1';
  @MinLength(1) readonly dataDir: string = '.cartograph';
  @IsOptional() @Matches(/^postgres(ql)?:\/\/\S+$/) readonly databaseUrl?: string;
  @IsOptional() @Matches(/^https?:\/\/\S+$/) readonly clickhouseUrl?: string;
  @IsOptional() @Matches(/^rediss?:\/\/\S+$/) readonly redisUrl?: string;
  @IsOptional() @MinLength(32) readonly secret?: string;
  @IsIn(Intl.supportedValuesOf('currency')) readonly reportingCurrency: string = 'USD';
  @IsTimezone() readonly reportingTimezone: string = 'UTC';
  @IsInt() @Min(256) readonly warehouseMemoryMb: number = 800;
  @IsInt() @Min(200) @Max(300_000) readonly streamingIntervalMs: number = 5000;
  @IsIn(['on', 'off']) readonly schedules: 'on' | 'off' = 'on';
  @IsOptional() @Matches(/^postgres(ql)?:\/\/\S+$/) readonly shopDatabaseUrl?: string;
  @IsOptional() @MinLength(1) readonly shopMapping?: string;
  @IsInt() @Min(1000) @Max(300_000) readonly shopIntervalMs: number = 15_000;
  @IsOptional() @Matches(/^https?:\/\/\S+$/) readonly fxRatesUrl?: string;
  @IsOptional() @MinLength(1) readonly fxRatesMapping?: string;
  @IsOptional() @MinLength(1) readonly geoipDb?: string;
  @IsOptional() @IsAddressList() readonly trustedProxies?: string;
  @IsInt() @Min(0) @Max(10_000_000) readonly keyEventsPerSecond: number = 10_000;
  @IsInt() @Min(0) @Max(10_000_000) readonly addressRequestsPerSecond: number = 500;
  @IsInt() @Min(1) @Max(1_000_000) readonly maxConnections: number = 4_096;
  @IsInt() @Min(0) @Max(1200) readonly rawRetentionMonths: number = 84;
  @IsInt() @Min(0) @Max(1200) readonly factRetentionMonths: number = 84;
  @Matches(/^([01]\d|2[0-3]):[0-5]\d$/) readonly reportTime: string = '06:00';
  @IsOptional() @MinLength(1) readonly reportFolder?: string;
  @IsOptional() @Matches(/^https?:\/\/\S+$/) readonly reportWebhookUrl?: string;
  @IsOptional() @MinLength(16) readonly reportWebhookSecret?: string;
  @IsOptional() @Matches(/^https?:\/\/\S+$/) readonly reportSlackUrl?: string;
  @IsOptional() @Matches(WEB_URL) readonly alertWebhookUrl?: string;
  @IsOptional() @MinLength(16) readonly alertWebhookSecret?: string;
  @IsOptional() @Matches(WEB_URL) readonly alertSlackUrl?: string;
  @IsOptional() @Matches(/^\w{8,100}$/) readonly alertPagerdutyKey?: string;
  @Matches(WEB_URL)
  readonly alertPagerdutyUrl: string = 'https://events.pagerduty.com/v2/enqueue';
  @IsBoolean() readonly allowPrivateWebhooks: boolean = false;
  @IsInt() @Min(0) @Max(43_200) readonly ingestionSilenceMinutes: number = 60;
  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  readonly logLevel: string = 'info';
  @IsIn(['production', 'development', 'test']) readonly environment: string = 'production';

  private constructor(values: Partial<Record<keyof AppConfig, unknown>>) {
    Object.assign(this, values);
  }

  /**
   * Reads and checks the environment; `overrides` (command line options) win over it.
   * Throws one error that lists every variable that is wrong.
   */
  static load(
    overrides: Partial<Record<keyof AppConfig, string>> = {},
    environment: NodeJS.ProcessEnv = process.env,
  ): AppConfig {
    const values: Partial<Record<keyof AppConfig, unknown>> = {};
    for (const [field, variable] of fields()) {
      const given = (overrides[field] ?? environment[variable.name] ?? '').trim();
      if (given !== '') values[field] = variable.read(given);
    }
    const config = new AppConfig(values);
    const wrong = validateSync(config, { skipMissingProperties: false });
    if (wrong.length > 0) throw new ConfigError(wrong.map((error) => error.property));
    return Object.freeze(config);
  }
}

/** Names each wrong variable and what it expects. */
export class ConfigError extends Error {
  constructor(wrong: readonly string[]) {
    const lines = fields()
      .filter(([field]) => wrong.includes(field))
      .map(([, variable]) => `  ${variable.name}: expected ${variable.expected}`);
    super(`The configuration is not valid.\n${lines.join('\n')}`);
    this.name = 'ConfigError';
  }
}

function fields(): [keyof AppConfig, Variable][] {
  return Object.entries(VARIABLES) as [keyof AppConfig, Variable][];
}
