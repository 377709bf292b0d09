/**
 * What the demo shows of quality: an export of ad spend that cannot be right holds its model, the
 * last good version serves meanwhile, a report says so, and a person's word releases it.
 */
import type { Answer, Summary } from '../../contracts/metric-contract.js';
import type { PipelineRun } from '../../platform/control-db/entities/pipeline.entities.js';
import { addDays } from '../days.js';
import type { ApiClient } from '../client.js';
import { makeReport } from '../quality.command.js';
import { runToEnd } from '../run.command.js';
import type { DemoState } from './record.js';

type Say = (line: string) => void;

const MODEL = 'silver.ad_spend';
/** Before that many days of spend are known, none is unusual. */
const LEAST_DAYS = 7;

const REASON = 'The agency confirmed it: a whole year was billed at once.';

export interface SpendExports {
  /** Loads the export in which one day costs many times the usual. */
  loadOff: () => Promise<void>;
  /** Loads it as it was, so that the demo can be started again. */
  loadSound: () => Promise<void>;
}

/** Answers whether the model was held and released as it should be. */
export async function showHeldModel(
  client: ApiClient,
  url: string,
  state: DemoState,
  { loadOff, loadSound }: SpendExports,
  say: Say,
): Promise<boolean> {
  if (state.days < LEAST_DAYS) return true;
  say('\nQuality: the ad account’s next export says that one day cost a hundred times the usual.');
  await loadOff();
  const held = await runToEnd(client, 'all');
  const task = held.models[MODEL];
  say(`  ${MODEL} is ${task?.status}. ${task?.reason ?? ''}`);
  const spend = await spendOf(url, state);
  say(
    `  campaigns/summary goes on with its last good version: spend ${spend.value}, held: ${spend.held}`,
  );
  const report = await makeReport(client);
  say(
    `  report: ${report.summary.checks} checks over ${report.summary.tables} tables, ` +
      `held: ${report.held.map(({ model }) => model).join(', ')}; ` +
      `${url}/api/v1/quality/reports/latest`,
  );
  const released = await runToEnd(client, MODEL, REASON);
  say(`  released by ${released.requestedBy}: “${REASON}”`);
  await loadSound();
  const after = await runToEnd(client, 'all');
  const isAsItShould =
    isOf(held, 'held') &&
    report.held.some(({ model }) => model === MODEL) &&
    isOf(released, 'published') &&
    after.status === 'published';
  say(
    `  Held: ${isOf(held, 'held')}, released: ${isOf(released, 'published')}, as before: ${after.status === 'published'}`,
  );
  return isAsItShould;
}

const isOf = ({ models }: PipelineRun, status: string) => models[MODEL]?.status === status;

async function spendOf(url: string, state: DemoState): Promise<{ value: unknown; held: string }> {
  const query = new URLSearchParams({
    ...{ metrics: 'spend', compare: 'none' },
    ...{ from: addDays(state.until, 1 - state.days), to: addDays(state.until, 1) },
  });
  const response = await fetch(`${url}/api/v1/campaigns/summary?${query}`, {
    headers: { authorization: `Bearer ${state.readKey}` },
  });
  if (!response.ok) throw new Error(`campaigns/summary answered ${response.status}.`);
  const { data, meta } = (await response.json()) as Answer<Summary>;
  return { value: data['spend']?.value, held: meta.held.join(', ') };
}
