import type { Command } from 'commander';
import { startService, type Service } from '../main.js';
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
      const service = await startService(AppConfig.load({ ...options }));
      process.stdout.write(
        `Cartograph listens on ${service.url}; its API is at ${service.url}/docs\n`,
      );
      await untilStopped(service);
    });
}

/** Ends when the process is asked to stop and the service has drained. A second signal is final. */
export async function untilStopped(service: Service): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1));
  await service.stop();
  process.exit(0);
}
