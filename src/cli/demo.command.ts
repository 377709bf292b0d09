/**
 * The demo: the main job on embedded stores. Starts the service, plays a shop's traffic through
 * the real collector, runs the pipeline, shows what the API answers, and checks it against what the
 * generator says it sold.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { Service } from '../main.js';
import { AppConfig } from '../platform/config/config.js';
import { ApiClient } from './client.js';
import { yesterday } from './days.js';
import { printDepartments } from './demo/departments.js';
import { DemoRecord, type DemoState } from './demo/record.js';
import { playLiveTraffic } from './demo/live.js';
import { playSimulation } from './demo/play.js';
import { createShopDatabase, ensureDatabase } from './demo/shop-database.js';
import { showHeldModel } from './demo/quality.js';
import { printBehaviour, printSummary, reconcile, reconcileWithShop } from './demo/summary.js';
import { adSpendCsv } from './shop/ad-spend.js';
import { extractIfConnected } from './extract.command.js';
import { wholeNumber } from './generate.command.js';
import { loadFile } from './load.command.js';
import { runToEnd } from './run.command.js';
import { stopSignal, untilStopped } from './serve.command.js';

interface DemoOptions {
  dataDir: string;
  port?: string;
  days: number;
  seed: number;
  until: string;
  exit?: boolean;
}

/** The shop's own database, beside the control database in the embedded PostgreSQL. */
const SHOP_DATABASE = 'oneshop';

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('Play a shop’s traffic through the real service and check the numbers it answers.')
    .option('--data-dir <folder>', 'where the demo’s stores live; used again', '.cartograph-demo')
    .option('--port <number>', 'port to listen on (default: PORT or 3000)')
    .option('--days <count>', 'days of traffic', wholeNumber, 90)
    .option('--seed <number>', 'the same seed and until give the same numbers', wholeNumber, 1)
    .option('--until <date>', 'last day of the traffic (UTC)', yesterday())
    .option('--exit', 'stop after the summary; exit code 0 only if everything reconciled')
    .action((options: DemoOptions, command: Command) =>
      runDemo(options, command.getOptionValueSource('until') === 'cli'),
    );
}

async function runDemo(
  { dataDir, port, exit: isExit, ...wanted }: DemoOptions,
  isUntilGiven: boolean,
): Promise<void> {
  if (wanted.until > yesterday()) throw new Error(`--until is ${yesterday()} at the latest.`);
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const record = DemoRecord.open(dataDir, wanted, isUntilGiven);
  say(`Seed ${record.state.seed}, ${record.state.days} days until ${record.state.until}.`);
  say('Starting the service on its embedded stores …');
  const config = AppConfig.load({
    dataDir,
    logLevel: 'warn',
    // Made-up traffic must never reach a shop's own stores.
    databaseUrl: '',
    clickhouseUrl: '',
    redisUrl: '',
    shopDatabaseUrl: `postgres://embedded/${SHOP_DATABASE}`,
    shopMapping: '',
    fxRatesUrl: '',
    reportingCurrency: 'USD',
    reportingTimezone: 'UTC',
    ...(port ? { port } : {}),
  });
  const stopAsked = stopSignal();
  const { startService } = await import('../main.js');
  const service = await startService(config);
  try {
    const stopped = stopAsked.then((): never => {
      throw new Error('The demo was stopped before its end.');
    });
    const isReconciled = await Promise.race([showDemo(service, record, say), stopped]);
    if (isExit) process.exitCode = isReconciled ? 0 : 1;
  } catch (error) {
    await service.stop();
    throw error;
  }
  if (isExit) return service.stop();
  say('\nServing with a trickle of live traffic. Ctrl-C stops.');
  const live = playLiveTraffic(service.url, record.state.writeKey);
  void stopAsked.then(live.stop);
  await untilStopped(service, stopAsked);
}

async function showDemo(
  service: Service,
  record: DemoRecord,
  say: (line: string) => void,
): Promise<boolean> {
  const client = new ApiClient(service.url, service.platform.localToken);
  const state = await record.ensureKeys(client);
  say(`Filling the shop's own database ${SHOP_DATABASE} …`);
  const { controlDb } = service.platform;
  await ensureDatabase(controlDb.url, SHOP_DATABASE);
  const shopUrl = controlDb.resolve(`postgres://embedded/${SHOP_DATABASE}`);
  const shop = await createShopDatabase(shopUrl, record.state);
  say(`  ${shop.orders} orders, gross ${shop.grossSales}, given back ${shop.refunded}`);
  if (state.expected) say('The traffic was played before; its data is used again.');
  else record.finish(await playSimulation(service.url, state, say));
  say('Extracting from the shop’s database and running the pipeline …');
  await extractIfConnected(client);
  await loadAdSpend(client, record);
  const run = await runToEnd(client, 'all');
  if (run.status !== 'published')
    throw new Error(`The run ended ${run.status}: ${run.error ?? ''}`);
  await printSummary(service.url, record.state, say);
  await printBehaviour(service.url, record.state, say);
  await printDepartments(service.url, record.state, say);
  const isAsGenerated = await reconcile(service.url, record.state, say);
  const isAsInShop = await reconcileWithShop(client, record.state, say);
  const spend = {
    loadOff: () => loadAdSpend(client, record, true),
    loadSound: () => loadAdSpend(client, record),
  };
  const isHeldAndReleased = await showHeldModel(client, service.url, record.state, spend, say);
  printAccess(service.url, record.state, say);
  return isAsGenerated && isAsInShop && isHeldAndReleased;
}

/** The ad account's export, loaded as an operator would load it. */
async function loadAdSpend(
  client: ApiClient,
  { state, folder }: DemoRecord,
  isOff = false,
): Promise<void> {
  const file = join(folder, isOff ? 'ad-spend-off.csv' : 'ad-spend.csv');
  writeFileSync(file, adSpendCsv(state.seed, state.until, state.days, isOff));
  const mapping = fileURLToPath(new URL('../../mappings/ad_spend.yml', import.meta.url));
  const load = await loadFile(client, 'ad_spend', file, { mapping, json: true });
  if (load.status !== 'done') throw new Error(`The ad spend was not loaded: ${load.error?.code}.`);
}

function printAccess(url: string, state: DemoState, say: (line: string) => void): void {
  say(`
API          ${url}/docs   ${url}/graphql   ${url}/metrics
Write key    ${state.writeKey}   (scope events:write, for ${url}/v1/batch)
Reading key  ${state.readKey}   (reads every department)

  curl -H 'Authorization: Bearer ${state.readKey}' \\
    '${url}/api/v1/sales/breakdown?by=country&from=${state.until.slice(0, 7)}-01'
  curl -H 'Authorization: Bearer ${state.readKey}' \\
    '${url}/api/v1/behaviour/breakdown?by=landing_page&from=${state.until.slice(0, 7)}-01'`);
}
