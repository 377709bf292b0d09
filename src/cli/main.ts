/** The command line: `cartograph --help` teaches it. Thin commands over the service's own API. */
import { Command, CommanderError } from 'commander';
import { registerAlerts } from './alerts.command.js';
import { registerBackup } from './backup.command.js';
import { registerContracts } from './contracts.command.js';
import { registerDemo } from './demo.command.js';
import { registerExplain } from './explain.command.js';
import { registerGenerate } from './generate.command.js';
import { registerKeys } from './keys.command.js';
import { registerExtract } from './extract.command.js';
import { registerLoad } from './load.command.js';
import { registerMigrate } from './migrate.command.js';
import { registerReconcile } from './reconcile.command.js';
import { registerRejected } from './rejected.command.js';
import { registerReference } from './reference.command.js';
import { registerQuality } from './quality.command.js';
import { registerRetention } from './retention.command.js';
import { registerRun } from './run.command.js';
import { registerBackfill, registerRuns } from './runs.command.js';
import { registerSentiment } from './sentiment.command.js';
import { registerServe } from './serve.command.js';
import { registerSql } from './sql.command.js';
import { registerStatus } from './status.command.js';
import { registerTracking } from './tracking.command.js';

export async function main(argv: string[]): Promise<void> {
  process.stdout.on('error', ignoreClosedPipe);
  const program = new Command('cartograph')
    .description('E-commerce analytics from event to governed metric: one process, one command.')
    .version('0.1.0')
    .showHelpAfterError()
    .addHelpText(
      'after',
      `
Begin with:
  cartograph demo                             a shop with 90 days of traffic, and its numbers
  cartograph serve                            the service on embedded stores, http://127.0.0.1:3000
  cartograph keys create web --scopes events:write
  cartograph keys create dashboards --scopes sales:read

Exit codes: 0 done, 1 failed, 2 held (a check kept a model from being published)
or not reconciled.`,
    );
  registerServe(program);
  registerDemo(program);
  registerMigrate(program);
  registerGenerate(program);
  registerLoad(program);
  registerExtract(program);
  registerReconcile(program);
  registerRejected(program);
  registerTracking(program);
  registerContracts(program);
  registerRun(program);
  registerBackfill(program);
  registerRuns(program);
  registerQuality(program);
  registerBackup(program);
  registerRetention(program);
  registerKeys(program);
  registerStatus(program);
  registerAlerts(program);
  registerExplain(program);
  registerSentiment(program);
  registerSql(program);
  registerReference(program);
  try {
    await program.exitOverride().parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** A reader that has seen enough, such as `head`, is no failure; a service goes on without it. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/** Prints what went wrong and what to do; a stack only for what nobody foresaw. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode;
  const isExpected = error instanceof Error && error.message !== '';
  process.stderr.write(`${isExpected ? error.message : String(error)}\n`);
  const cause = error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : null;
  if (cause) process.stderr.write(`  because: ${cause.slice(0, 500)}\n`);
  return 1;
}

/** What the innermost cause says. One with several causes says nothing itself, but has a code. */
function rootOf(error: Error): string {
  if (error.cause instanceof Error) return rootOf(error.cause);
  return error.message || String((error as NodeJS.ErrnoException).code ?? error.name);
}
