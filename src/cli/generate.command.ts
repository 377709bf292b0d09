/** `cartograph generate`. */
import { InvalidArgumentError, type Command } from 'commander';
import { writeRawFiles } from './shop/raw-files.js';
import { yesterday } from './days.js';

interface GenerateOptions {
  out: string;
  seed: number;
  customers: number;
  products: number;
  transactions: number;
  until: string;
}

export function registerGenerate(program: Command): void {
  program
    .command('generate')
    .description('Write customers.csv, products.csv and transactions.csv of a made-up shop.')
    .option('--out <folder>', 'folder to write to', 'data/raw')
    .option('--seed <number>', 'the same seed gives the same files', wholeNumber, 1)
    .option('--customers <count>', 'rows of customers.csv', wholeNumber, 1000)
    .option('--products <count>', 'rows of products.csv', wholeNumber, 500)
    .option('--transactions <count>', 'rows of transactions.csv', wholeNumber, 5000)
    .option('--until <date>', 'last day of the transactions (UTC)', yesterday())
    .action(async ({ out, ...options }: GenerateOptions) => {
      const files = await writeRawFiles({ directory: out, ...options });
      for (const { file, rows } of files) process.stdout.write(`${file}: ${rows} rows\n`);
    });
}

/** Reads an option as a whole number. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}
