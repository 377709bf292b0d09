/** Writes the generated references, or compares them with what is checked in. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';

export function registerReference(program: Command): void {
  program
    .command('reference', { hidden: true })
    .description('Write schema.gql, openapi.json and the generated pages of docs/.')
    .option('--check', 'only compare; exit code 1 and the mending command if one differs')
    .action(async ({ check: isCheck }: { check?: boolean }) => {
      const { buildReferences } = await import('./reference/references.js');
      const references = await buildReferences();
      const stale = references.filter(({ file, text }) => readIfThere(file) !== text);
      if (!isCheck) for (const { file, text } of stale) writeFileSync(file, text);
      const names = stale.map(({ file }) => file).join(', ');
      if (stale.length === 0) process.stdout.write('The generated files are up to date.\n');
      else if (isCheck) throw new Error(`Out of date: ${names}. Run \`npm run reference\`.`);
      else process.stdout.write(`Written: ${names}\n`);
    });
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
