import { jest } from '@jest/globals';
import { IANAZone } from 'luxon';
import { AppConfig, ConfigError, VARIABLES } from './config.js';

describe('AppConfig', () => {
  it('has a default for everything, so that an empty environment starts the embedded stores', () => {
    const config = AppConfig.load({}, {});
    expect(config).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      dataDir: '.cartograph',
      reportingCurrency: 'USD',
      reportingTimezone: 'UTC',
      warehouseMemoryMb: 800,
    });
    expect(config.databaseUrl).toBeUndefined();
  });

  it('takes an empty variable as not given', () => {
    expect(AppConfig.load({}, { DATABASE_URL: ' ', PORT: '' }).port).toBe(3000);
  });

  it('is frozen', () => {
    const config = AppConfig.load({}, {});
    expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError);
  });

  it('lets command line options win over the environment', () => {
    expect(AppConfig.load({ port: '4000' }, { PORT: '5000' }).port).toBe(4000);
  });

  it.each([
    ['PORT', '70000'],
    ['PORT', 'http'],
    ['HOST', 'not a host'],
    ['DATABASE_URL', 'mysql://secret-value@host/db'],
    ['CLICKHOUSE_URL', 'tcp://secret-value'],
    ['REDIS_URL', 'secret-value'],
    ['CARTOGRAPH_SECRET', 'secret-value'],
    ['FX_RATES_URL', 'ftp://secret-value'],
    ['REPORTING_CURRENCY', 'usd'],
    ['REPORTING_CURRENCY', 'XQZ'],
    ['REPORTING_TIMEZONE', 'Mars/Olympus'],
    ['REPORTING_TIMEZONE', '+05:30'],
    ['WAREHOUSE_MEMORY_MB', '12'],
    ['STREAMING_INTERVAL_MS', '1e3'],
    ['SCHEDULES', 'maybe'],
    ['ALERT_WEBHOOK_URL', 'ftp://secret-value'],
    ['ALERT_WEBHOOK_SECRET', 'secret-value'],
    ['ALERT_SLACK_URL', 'secret-value'],
    ['ALERT_PAGERDUTY_KEY', 'secret-value'],
    ['ALERT_PAGERDUTY_URL', 'secret-value'],
    ['ALLOW_PRIVATE_WEBHOOKS', 'yes'],
    ['INGESTION_SILENCE_MINUTES', '-5'],
    ['LOG_LEVEL', 'loud'],
    ['NODE_ENV', 'staging'],
  ])('refuses %s=%s, names the variable and never shows the value', (name, value) => {
    const load = () => AppConfig.load({}, { [name]: value });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(`${name}: expected `);
    expect(load).not.toThrow(value);
  });

  it('refuses an offset as a timezone also where the machine knows it as one', () => {
    jest.spyOn(IANAZone, 'isValidZone').mockReturnValue(true);
    for (const zone of ['+05:30', '-03:00']) {
      expect(() => AppConfig.load({}, { REPORTING_TIMEZONE: zone })).toThrow(ConfigError);
    }
    jest.restoreAllMocks();
  });

  it('lists all wrong variables at once', () => {
    expect(() => AppConfig.load({}, { PORT: 'x', NODE_ENV: 'y' })).toThrow(/PORT.*\n.*NODE_ENV/);
  });

  it('describes every variable', () => {
    for (const variable of Object.values(VARIABLES)) expect(variable.expected).not.toBe('');
  });
});
