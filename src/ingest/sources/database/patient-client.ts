/**
 * Puts statements to the shop's database, one at a time however many are asked for at once, and
 * again on a fresh connection when what failed may pass. Only postgres-reader.ts may import this.
 */
import pRetry from 'p-retry';
import { asCodedError, asFailure, mayPass, readerClosed } from './errors.js';
import { Session, type Answer, type SessionLimits } from './session.js';
import type { Statement } from './statements.js';

export interface RetryPolicy {
  tries: number;
  firstDelayMs: number;
  longestDelayMs: number;
  /** After this long nothing is tried again; the try that is under way has its own limits. */
  totalMs: number;
}

export const RETRIES: RetryPolicy = {
  tries: 5,
  firstDelayMs: 200,
  longestDelayMs: 10_000,
  totalMs: 60_000,
};

/** With RETRIES a database may be away for 8 to 16 seconds, which a restart or failover takes. */
const GROWTH_OF_DELAY = 3;

export class PatientClient {
  private readonly closing = new AbortController();
  private session: Session | null = null;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly url: string,
    private readonly limits: SessionLimits,
    private readonly retries: RetryPolicy,
  ) {}

  /** `table` is what an error names; null where the statement reads none. */
  ask(statement: Statement, table: string | null): Promise<Answer> {
    const answer = this.turn.then(() => this.askPatiently(statement, table));
    this.turn = answer.catch(() => undefined);
    return answer;
  }

  /** What is being asked fails at once; no socket and no timer remains. */
  async close(): Promise<void> {
    this.closing.abort(readerClosed());
    await this.turn;
    await this.session?.end();
    this.session = null;
  }

  private async askPatiently(statement: Statement, table: string | null): Promise<Answer> {
    const { tries, firstDelayMs, longestDelayMs, totalMs } = this.retries;
    const { signal } = this.closing;
    let tried = 0;
    const attempt = (number: number) => {
      tried = number;
      return this.askOnce(statement);
    };
    try {
      return await pRetry(attempt, {
        retries: tries - 1,
        minTimeout: firstDelayMs,
        maxTimeout: longestDelayMs,
        maxRetryTime: totalMs,
        factor: GROWTH_OF_DELAY,
        randomize: true,
        shouldRetry: ({ error }) => mayPass(error),
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw asCodedError(error, table, tried);
    }
  }

  private async askOnce(statement: Statement): Promise<Answer> {
    if (!this.session?.isUsable) this.session = new Session(this.url, this.limits);
    const { session } = this;
    const cut = () => session.cut();
    this.closing.signal.addEventListener('abort', cut, { once: true });
    try {
      return await session.answer(statement);
    } catch (error) {
      // Whatever failed, the transaction is left half done; a fresh connection is in no such state.
      session.cut();
      throw asFailure(error);
    } finally {
      this.closing.signal.removeEventListener('abort', cut);
    }
  }
}
