/** `cartograph sentiment evaluate`: how well the scorer agrees with people who rated texts. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { RatedText } from '../analytics/index.js';

const NUMBER = /^-?\d+(\.\d+)?$/;

export function registerSentiment(program: Command): void {
  program
    .command('sentiment')
    .description('The scorer of sentiment.')
    .command('evaluate <file>')
    .description('Correlate its scores with ratings by people. Scores nothing that is stored.')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nThe file has one English text a line: id, mean rating and text, separated by tabs.',
    )
    .action(async (file: string, { json }: { json?: boolean }) => {
      const rated = parseRatedTexts(await readFile(file, 'utf8'), file);
      // Only now, since it takes a while to load.
      const { evaluateSentiment } = await import('../analytics/index.js');
      const result = await evaluateSentiment(rated);
      const { n, pearson_r: r, scorer } = result;
      process.stdout.write(
        json
          ? `${JSON.stringify(result)}\n`
          : `${n} texts, Pearson r ${r === null ? 'undefined' : r.toFixed(4)}, scorer ${scorer}\n`,
      );
    });
}

/** Throws an error that names the first line that is not `id<TAB>rating<TAB>text`. */
export function parseRatedTexts(content: string, file: string): RatedText[] {
  const lines = content.replace(/^\uFEFF/, '').split(/\r?\n/);
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const [, rating, ...rest] = line.split('\t');
    if (rating === undefined || !NUMBER.test(rating.trim()) || rest.length === 0) {
      throw new Error(`${file}:${index + 1} is not an id, a rating and a text between tabs.`);
    }
    return [{ rating: Number(rating), text: rest.join('\t') }];
  });
}
