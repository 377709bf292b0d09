/** `cartograph serve`. */
import type { Command } from 'commander';
import type { Service } from '../main.js';
import { AppConfig, VARIABLES } from '../platform/config/config.js';

interface ServeOptions {
  port?: string;
  dataDir?: string;
}

export function registerServe(program: Command): void {
  const variables = Object.values(VARIABLES).map(({ name, expected }) => `  ${name}: ${expected}`);
  program
    .command('serve')
    .description(
      'Start the service. Every store that has no URL runs embedded in the data directory.',
    )
    .option('--port <number>', 'port to listen on (default: PORT or 3000)')
    .option(
      '--data-dir <folder>',
      'where the embedded stores live (default: DATA_DIR or .cartograph)',
    )
    .addHelpText('after', `\nEnvironment:\n${variables.join('\n')}`)
    .action(async (options: ServeOptions) => {
      const stopAsked = stopSignal();
      const { startService } = await import('../main.js');
      const service = await startService(AppConfig.load({ ...options }));
      process.stdout.write(
        `Cartograph listens on ${service.url}; its API is at ${service.url}/docs\n`,
      );
      await untilStopped(service, stopAsked);
    });
}

/**
 * Answers when the process is asked to stop; a second signal is final. Called before the start, so
 * that a signal during it stops the stores as well.
 */
export function stopSignal(): Promise<void> {
  const on = (listener: () => void) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, listener);
  };
  return new Promise((resolve) => {
    on(() => {
      on(() => process.exit(1));
      resolve();
    });
  });
}

/** Ends when the process was asked to stop and the service has drained. */
export async function untilStopped(service: Service, stopAsked: Promise<void>): Promise<void> {
  await stopAsked;
  await service.stop();
  process.exit(0);
}
