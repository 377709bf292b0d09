/**
 * Runs asked of a service that does not lead: it leaves them in the control database, the leader
 * takes them with its next streaming tick, and who left one follows its record to the end.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { CodedError } from '../../contracts/errors.js';
import type { Clock } from '../../platform/clock/clock.js';
import type { PipelineRun } from '../../platform/control-db/entities/pipeline.entities.js';
import type { Fence } from './fence.js';
import type { PipelineState } from './pipeline-state.js';

const TAKE_REQUESTS = readFileSync(new URL('queries/take_requests.sql', import.meta.url), 'utf8');

/** Runs that a leader takes at a time. */
const TAKEN_MAX = 10;
const POLL_MS = 250;

/** How long a run waits to be taken: as long as the leader is at another one, but not for ever. */
const WAIT_MS_MAX = 600_000;

export class Handover {
  constructor(
    private readonly dataSource: Pick<DataSource, 'query'>,
    private readonly state: PipelineState,
    private readonly fence: Fence,
    private readonly clock: Clock,
  ) {}

  /** Leaves a run, which is recorded already, to the leader. */
  async offer({ id, startedAt }: PipelineRun): Promise<void> {
    await this.dataSource.query(
      'insert into run_requests (run_id, requested_at) values ($1, $2) on conflict do nothing',
      [id, startedAt],
    );
  }

  /** The runs that were left to this leader, which are now its own to do. */
  async take(): Promise<PipelineRun[]> {
    const values = [this.fence.epoch, TAKEN_MAX];
    const taken = await this.dataSource.query<{ run_id: string }[]>(TAKE_REQUESTS, values);
    const runs: PipelineRun[] = [];
    for (const { run_id: id } of taken) {
      const run = await this.state.findRun(id);
      if (run?.status !== 'running') continue;
      run.epoch = String(this.fence.epoch);
      await this.state.saveRun(run);
      runs.push(run);
    }
    return runs;
  }

  /**
   * Follows a run that was left to the leader to its end. If nobody takes it in time it fails with
   * `busy`, which says who leads. A service that stops leaves the run where it is.
   */
  async follow(run: PipelineRun, isStopping: () => boolean): Promise<PipelineRun> {
    const deadline = performance.now() + WAIT_MS_MAX;
    for (;;) {
      const found = await this.state.findRun(run.id);
      if (found && found.status !== 'running') return found;
      if (isStopping()) throw new CodedError('shutting_down', '');
      const isTaken = found !== null && found.epoch !== '0';
      if (!isTaken && performance.now() > deadline) return this.giveUp(run);
      await pause(POLL_MS);
    }
  }

  private async giveUp(run: PipelineRun): Promise<never> {
    const leader = await this.leader();
    const error =
      `The service at ${leader} leads the pipeline and did not take the run in time. ` +
      'Ask that service, see whether its SCHEDULES are on, or stop it: another one then leads.';
    // If it was taken meanwhile, the record is the leader's and stays.
    const [, withdrawn] = await this.dataSource.query<[unknown, number]>(
      'delete from run_requests where run_id = $1',
      [run.id],
    );
    if (withdrawn > 0) {
      await this.state.saveRun({ ...run, status: 'failed', error, finishedAt: this.clock.now() });
    }
    throw new CodedError('busy', error);
  }

  /** Host and process of the newest leader. */
  private async leader(): Promise<string> {
    const rows = await this.dataSource.query<{ instance: string }[]>(
      'select instance from leader_epochs order by id desc limit 1',
    );
    return rows[0]?.instance ?? 'an unknown host';
  }
}
