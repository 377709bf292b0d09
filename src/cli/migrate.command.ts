/** `cartograph migrate`. */
import type { Command } from 'commander';
import { AppConfig } from '../platform/config/config.js';
import type { ServiceOptions } from './client.js';

export function registerMigrate(program: Command): void {
  program
    .command('migrate')
    .description(
      'Bring the control database and the warehouse up to date. `serve` does it as well.',
    )
    .option('--data-dir <folder>', 'where the embedded stores live')
    .action(async (options: ServiceOptions) => {
      const { openPlatform } = await import('../platform/platform.js');
      const platform = await openPlatform(AppConfig.load({ ...options, logLevel: 'warn' }));
      await platform.close();
      process.stdout.write('The control database and the warehouse are up to date.\n');
    });
}
