const swc = {
  jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

/** What takes longest or guards what seldom changes: left out, and run alone with TRIALS=1. */
const TRIALS = [
  'test/e2e/behaviour/breakdowns.spec.ts',
  'test/e2e/behaviour/funnel-property.spec.ts',
  'test/e2e/behaviour/retention-property.spec.ts',
  'test/e2e/clients/browser-sdk.spec.ts',
  'test/e2e/collector/contracts-cli.spec.ts',
  'test/e2e/collector/fuzz.spec.ts',
  'test/e2e/collector/limits.spec.ts',
  'test/e2e/collector/rejected-events.spec.ts',
  'test/e2e/docs/connect-your-shop.spec.ts',
  'test/e2e/docs/guides.spec.ts',
  'test/e2e/faults/clock.spec.ts',
  'test/e2e/faults/kill-in-run.spec.ts',
  'test/e2e/faults/paused-leader.spec.ts',
  'test/e2e/faults/redis.spec.ts',
  'test/e2e/process/backup.spec.ts',
  'test/e2e/process/cli-alone.spec.ts',
  'test/e2e/process/kill-sources.spec.ts',
  'test/e2e/process/load-cli.spec.ts',
  'test/e2e/sales/csv.spec.ts',
  'test/e2e/sales/currency.spec.ts',
  'test/e2e/sales/ga4.spec.ts',
  'test/e2e/sentiment/reference-data.spec.ts',
  'test/e2e/sources/commands.spec.ts',
  'test/e2e/sources/extraction-refusals.spec.ts',
  'test/e2e/sources/extraction.spec.ts',
  'test/e2e/sources/load-bad-files.spec.ts',
  'test/e2e/sources/loads-refused.spec.ts',
  'test/e2e/sources/online-retail-months.spec.ts',
  'test/e2e/sources/online-retail.spec.ts',
  'test/e2e/sources/reconcile.spec.ts',
  'test/integration/demo-shop-database.spec.ts',
  'test/models/attribution-property.spec.ts',
  'test/models/attribution.spec.ts',
  'test/models/backfill.spec.ts',
  'test/models/compaction.spec.ts',
  'test/models/crash.spec.ts',
  'test/models/currency-property.spec.ts',
  'test/models/customers.spec.ts',
  'test/models/identities-property.spec.ts',
  'test/models/increments.spec.ts',
  'test/models/late-events.spec.ts',
  'test/models/old-months.spec.ts',
  'test/models/order-independence.spec.ts',
  'test/models/order-sources-cancellations.spec.ts',
  'test/models/order-sources-gaps.spec.ts',
  'test/models/order-sources-property.spec.ts',
  'test/models/order-sources-refunds.spec.ts',
  'test/models/order-sources.spec.ts',
  'test/models/refund-lines.spec.ts',
  'test/models/refunds-by-product.spec.ts',
  'test/models/refunds.spec.ts',
  'test/models/retention.spec.ts',
  'test/models/session-facts.spec.ts',
  'test/models/sessions-property.spec.ts',
  'test/models/torn-insert.spec.ts',
];

const isTrials = Boolean(process.env['TRIALS']);
const trialsOf = (tierName) =>
  TRIALS.filter((path) => path.startsWith(`test/${tierName}/`)).map((path) => `<rootDir>/${path}`);

const tier = (displayName, testMatch, extra = {}) => ({
  displayName,
  testMatch: isTrials ? trialsOf(displayName) : testMatch,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  testPathIgnorePatterns: ['/node_modules/', ...(isTrials ? [] : TRIALS)],
  ...extra,
});

/** The tiers that need a real PostgreSQL share one embedded server. */
const stores = {
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
};

export default {
  projects: [
    tier('unit', ['<rootDir>/src/**/*.spec.ts', '<rootDir>/test/*.spec.ts']),
    tier(
      'integration',
      ['<rootDir>/test/integration/**/*.spec.ts', '<rootDir>/test/support/**/*.spec.ts'],
      stores,
    ),
    tier('models', ['<rootDir>/test/models/**/*.spec.ts'], stores),
    tier('e2e', ['<rootDir>/test/e2e/**/*.spec.ts'], stores),
  ],
  reporters: [
    'default',
    ...(process.env['JEST_RESULTS'] ? ['<rootDir>/test/support/results-reporter.mjs'] : []),
  ],
  testTimeout: 240_000,
  maxWorkers: 3,
};
