/**
 * Brings archived reports to where they are wanted: a folder, a webhook, Slack. What fails is tried
 * again later and longer apart, across restarts; a receiver that is asked twice sees the same id.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import type { Answer } from '../../contracts/metric-contract.js';
import type { Clock } from '../../platform/clock/clock.js';
import type { AppConfig } from '../../platform/config/config.js';
import type { Logger } from '../../platform/logging/logger.js';
import { Outbound, Undelivered } from '../../platform/outbound/outbound.js';
import { CLAIM, nextAttempt, type RetryPolicy } from '../../platform/outbound/retry.js';
import { signatureOf } from '../../platform/outbound/signature.js';
import type { ArchiveService, Channel } from './archive.service.js';
import { renderCsv } from './render-csv.js';
import { renderHtml } from './render-html.js';
import { renderSlack } from './render-slack.js';
import type { ExecutiveReport } from './report.js';

const CLAIM_DELIVERY = readFileSync(new URL('queries/claim_delivery.sql', import.meta.url), 'utf8');

/** Some four days of them. */
const RETRIES: RetryPolicy = {
  firstPauseMs: 60_000,
  maxPauseMs: 6 * 3_600_000,
  maxAttempts: 24,
};

interface Claimed {
  report_id: string;
  channel: Channel;
  attempts: number;
}

type DeliveryConfig = Pick<
  AppConfig,
  | 'dataDir'
  | 'reportFolder'
  | 'reportWebhookUrl'
  | 'reportWebhookSecret'
  | 'reportSlackUrl'
  | 'allowPrivateWebhooks'
>;

export class Deliveries {
  private readonly outbound: Outbound;

  constructor(
    private readonly controlDb: DataSource,
    private readonly archive: ArchiveService,
    private readonly config: DeliveryConfig,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.outbound = new Outbound(config);
  }

  /** Where reports go: always into a folder, and to each URL that is configured. */
  channels(): Channel[] {
    return [
      'folder',
      ...(this.config.reportWebhookUrl ? (['webhook'] as const) : []),
      ...(this.config.reportSlackUrl ? (['slack'] as const) : []),
    ];
  }

  /** Sends what is due, one after another. */
  async send(): Promise<void> {
    for (;;) {
      const claimed = await this.claim();
      if (!claimed) return;
      const error = await this.attempt(claimed).then(
        () => null,
        (reason: unknown) => describe(reason),
      );
      await this.record(claimed, error);
    }
  }

  private async claim(): Promise<Claimed | null> {
    const parameters = [this.clock.now(), CLAIM, RETRIES.maxAttempts, this.channels()];
    const [rows] = await this.controlDb.query<[Claimed[], number]>(CLAIM_DELIVERY, parameters);
    return rows[0] ?? null;
  }

  private async record({ report_id: id, channel, attempts }: Claimed, error: string | null) {
    const now = this.clock.now();
    await this.controlDb.query(
      `update report_deliveries set delivered_at = $3, error = $4, next_at = $5
       where report_id = $1 and channel = $2`,
      [id, channel, error === null ? now : null, error, nextAttempt(RETRIES, attempts, now)],
    );
    const what = { report: id, channel, attempts };
    if (error === null) this.logger.info(what, 'A report was delivered.');
    else if (attempts < RETRIES.maxAttempts)
      this.logger.warn({ ...what, error }, 'Not delivered yet.');
    else
      this.logger.error({ ...what, error }, 'A report was not delivered, and is not tried again.');
  }

  private async attempt({ report_id: id, channel }: Claimed): Promise<void> {
    const answer = await this.archive.find(id);
    if (channel === 'folder') return this.toFolder(answer);
    if (channel === 'slack') {
      const body = JSON.stringify(renderSlack(answer.data));
      return this.outbound.post({ url: this.config.reportSlackUrl!, body });
    }
    const body = JSON.stringify({ type: 'report.executive', id, ...answer });
    const headers = { 'x-cartograph-delivery': id, ...this.signature(body) };
    return this.outbound.post({ url: this.config.reportWebhookUrl!, body, headers });
  }

  /** Of the body, where a secret is configured. */
  private signature(body: string): Record<string, string> {
    const secret = this.config.reportWebhookSecret;
    return secret ? { 'x-cartograph-signature': signatureOf(secret, body) } : {};
  }

  /** Each file appears whole or not at all. */
  private async toFolder(answer: Answer<ExecutiveReport>): Promise<void> {
    const folder = this.config.reportFolder ?? join(this.config.dataDir, 'reports');
    await mkdir(folder, { recursive: true });
    const name = join(folder, `executive-${answer.data.period}-${answer.data.date}`);
    const files = {
      html: renderHtml(answer.data),
      csv: renderCsv(answer.data),
      json: `${JSON.stringify(answer, null, 2)}\n`,
    };
    for (const [extension, text] of Object.entries(files)) {
      await writeFile(`${name}.${extension}.part`, text);
      await rename(`${name}.${extension}.part`, `${name}.${extension}`);
    }
  }
}

/** In words that hold no URL: a webhook's address is its secret. */
function describe(error: unknown): string {
  if (error instanceof Undelivered) return error.message;
  const { name, code } = error as { name?: string; code?: string };
  return code ?? name ?? 'failed';
}
